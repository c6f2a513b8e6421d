// Numbers in sentences.
#include "figures.h"

#include <gtest/gtest.h>

namespace conntrail::diagnose {
namespace {

TEST(Figures, CountsAgreeWithTheirNouns) {
  EXPECT_EQ(count_text(1, "segment"), "1 segment");
  EXPECT_EQ(count_text(0, "segment"), "0 segments");
  EXPECT_EQ(was_or_were(1), "was");
  EXPECT_EQ(was_or_were(2), "were");
}

TEST(Figures, AShareOfAllNamesTheNumberOnce) {
  EXPECT_EQ(share_text(1, 1, "connect"), "1 connect");
  EXPECT_EQ(share_text(15, 15, "connect"), "15 connects");
  EXPECT_EQ(share_text(3, 15, "connect"), "3 of 15 connects");
}

}  // namespace
}  // namespace conntrail::diagnose
