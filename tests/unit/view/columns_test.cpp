#include <gtest/gtest.h>

#include <set>

#include "cells.h"
#include "conntrail/base/text.h"
#include "conntrail/view/table.h"

namespace conntrail::view {
namespace {

std::string keys(const std::vector<std::size_t>& columns) {
  std::string out;
  for (const std::size_t column : columns) {
    if (!out.empty()) out += ',';
    out += connection_columns()[column].key;
  }
  return out;
}

std::string chosen(std::string_view text) {
  const auto columns = parse_columns(text);
  return columns ? keys(*columns) : "error: " + format_error(columns.error());
}

constexpr std::string_view kDefault =
    "state,age,owner,local,remote,recvq,sendq,retransmits,left,reason,trail";

TEST(Columns, KeysAndFieldsAreUnique) {
  std::set<std::string_view> names;
  std::set<std::string_view> fields;
  for (const Column& column : connection_columns()) {
    EXPECT_TRUE(names.insert(column.key).second) << column.key;
    for (const std::string_view field : split(column.fields, ','))
      EXPECT_TRUE(fields.insert(field).second) << field;
    EXPECT_FALSE(column.help.empty());
    EXPECT_FALSE(column.title.empty());
  }
}

TEST(ParseColumns, ExactlyThese) {
  EXPECT_EQ(chosen("state,age,owner"), "state,age,owner");
  EXPECT_EQ(chosen(" Remote , state "), "remote,state");
  EXPECT_EQ(chosen("state,state"), "state");
}

TEST(ParseColumns, MoreAndFewerThanTheDefault) {
  EXPECT_EQ(keys(default_columns()), kDefault);
  EXPECT_EQ(chosen("+netns"), "netns," + std::string(kDefault));
  EXPECT_EQ(chosen("-trail,-reason"), "state,age,owner,local,remote,recvq,sendq,retransmits,left");
  EXPECT_EQ(chosen("-trail,+uid"), "state,age,owner,uid,local,remote,recvq,sendq,retransmits,left,reason");
  EXPECT_EQ(chosen("state,+uid"), "state,uid");
}

TEST(ParseColumns, All) {
  EXPECT_EQ(parse_columns("all")->size(), connection_columns().size() - 1);
  EXPECT_EQ(parse_columns("all,+title")->size(), connection_columns().size());  // only by its name
  EXPECT_EQ(parse_columns("all,-trail")->size(), connection_columns().size() - 2);
}

TEST(ParseColumns, JsonKeysAreUnderstood) {
  EXPECT_EQ(chosen("age_us,receive_queue,pid,local_port"), "age,recvq,owner,local");
}

TEST(ParseColumns, MistakesAreExplained) {
  EXPECT_EQ(chosen("stat"), "error: unknown column \"stat\" (did you mean \"state\"?)");
  EXPECT_EQ(chosen("state,xyzzyx").substr(0, 54), "error: unknown column \"xyzzyx\" (columns are id netns c");
  EXPECT_EQ(chosen(""), "error: no columns given (for example: state,age,owner or +netns)");
  EXPECT_NE(chosen("state,").find("unknown column \"\""), std::string::npos);
  EXPECT_EQ(chosen("-netns"), "error: column \"netns\" cannot be left out: it is not shown");
  EXPECT_EQ(chosen("state,-state"), "error: no columns left to show");
  EXPECT_EQ(parse_columns("stat").error().kind, ErrorKind::usage);
}

TEST(ParseSort, KeysWithTheirDirection) {
  const auto keys = parse_sort("remote,-age");
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ(connection_columns()[(*keys)[0].column].key, "remote");
  EXPECT_FALSE((*keys)[0].descending);
  EXPECT_EQ(connection_columns()[(*keys)[1].column].key, "age");
  EXPECT_TRUE((*keys)[1].descending);
  EXPECT_FALSE(parse_sort(""));
  EXPECT_EQ(parse_sort("-agee").error().hint, "did you mean \"age\"?");
}

}  // namespace
}  // namespace conntrail::view
