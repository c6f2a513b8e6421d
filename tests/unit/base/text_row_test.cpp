#include "conntrail/base/text_row.h"

#include <gtest/gtest.h>

namespace conntrail {
namespace {

TEST(TextRow, PadsOnEitherSide) {
  std::string out;
  TextRow row(out, false);
  row.left("ab", 4);
  row.gap(1);
  row.right("7", 3);
  row.gap(1);
  row.left("end", 9);
  row.end();
  EXPECT_EQ(out, "ab     7 end\n");
}

TEST(TextRow, NoLineEndsInBlanks) {
  std::string out;
  TextRow row(out, false);
  row.left("a", 4);
  row.gap(2);
  row.left("", 4);
  row.gap(2);
  row.right("", 4);
  row.end();
  row.left("b", 1);
  row.end();
  EXPECT_EQ(out, "a\nb\n");
}

TEST(TextRow, ATextTooLongForItsCellMovesTheRest) {
  std::string out;
  TextRow row(out, false);
  row.left("abcdef", 4);
  row.gap(1);
  row.left("x", 1);
  EXPECT_EQ(row.columns(), 8U);
  row.end();
  EXPECT_EQ(out, "abcdef x\n");
  EXPECT_EQ(row.columns(), 0U);
}

TEST(TextRow, ColourIsAroundTheTextNotThePadding) {
  std::string out;
  TextRow row(out, true);
  row.right("7", 3, kRed);
  row.gap(1);
  row.left("x", 1);
  row.end();
  EXPECT_EQ(out, "  \x1b[31m7\x1b[0m x\n");
  std::string plain;
  TextRow without(plain, false);
  without.left("7", 1, kRed);
  without.end();
  EXPECT_EQ(plain, "7\n");
}

TEST(TextRow, CountsColumnsNotBytes) {
  std::string out;
  TextRow row(out, false);
  row.left("\xe2\x80\xba", 3);  // one column, three bytes
  row.left("|", 1);
  row.end();
  EXPECT_EQ(out, "\xe2\x80\xba  |\n");
}

}  // namespace
}  // namespace conntrail
