// Every column of the table, over a record that has every value: whoever adds a column and forgets one of its
// cells, or gives it a CSV field that JSON does not have, is told here.
#include <gtest/gtest.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "cells.h"
#include "conntrail/base/text.h"
#include "conntrail/view/line.h"
#include "conntrail/view/table.h"
#include "owner_text.h"
#include "samples.h"

namespace conntrail::view {
namespace {

using namespace samples;

const MonoTime kNow = kNoon + 10s;

// An ended connection has no queues, a living one no end: no single record has every value.
Connection with_everything(bool ended) {
  Connection c = time_wait_client();
  c.ended = ended;
  c.error = ECONNRESET;
  c.inode = 77'003;
  c.holders = {{.pid = 812, .fd = 6, .comm = "curl"}};
  c.receive_queue = 5;
  c.send_queue = 7;
  c.backlog = 128;
  c.netns_name = "blue";
  c.title = "curl -s http://10.0.0.2";
  return c;
}

Connection with_everything_for(const Column& column) {
  return with_everything(column.key != "recvq" && column.key != "sendq" && column.key != "backlog");
}

std::string line_of(const Connection& connection) {
  std::string line;
  JsonLines(clock()).append(line, connection, kNow);
  return line;
}

class EveryColumn : public testing::TestWithParam<std::size_t> {
 protected:
  const Column& column = connection_columns()[GetParam()];
  const Cells& cells = column_cells()[GetParam()];

  static std::string text(const Cells& cells, const Connection& c) {
    const WallClock wall = clock();
    return cells.text(c, CellContext{wall, kNow}, kNoLimit);
  }
  static std::vector<std::string> fields(const Cells& cells, const Connection& c) {
    const WallClock wall = clock();
    std::vector<std::string> out;
    cells.fields(out, c, CellContext{wall, kNow});
    return out;
  }
};

TEST_P(EveryColumn, IsShownInAllOutputs) {
  const Connection c = with_everything_for(column);
  EXPECT_NE(text(cells, c), "-");
  EXPECT_NE(text(cells, c), "");
  EXPECT_TRUE(cells.sort(c, kNow).known);
  for (const std::string& field : fields(cells, c)) EXPECT_NE(field, "");
}

TEST_P(EveryColumn, HasAFieldForEachOfItsNamesAndJsonHasThemToo) {
  const auto names = split(column.fields, ',');
  const Connection c = with_everything_for(column);
  EXPECT_EQ(fields(cells, c).size(), names.size());
  EXPECT_EQ(fields(cells, bare()).size(), names.size());
  const auto object = nlohmann::json::parse(line_of(c));
  for (const std::string_view name : names) EXPECT_TRUE(object.contains(std::string(name))) << name;
}

// A column that shows a constant, or sorts by none of its values, would pass the others.
TEST_P(EveryColumn, FollowsTheRecord) {
  const Connection empty;
  const Connection full = with_everything_for(column);
  EXPECT_NE(text(cells, empty), text(cells, full));
  EXPECT_NE(fields(cells, empty), fields(cells, full));
  const SortValue before = cells.sort(empty, kNow);
  const SortValue after = cells.sort(full, kNow);
  EXPECT_TRUE(before.known != after.known || before.text != after.text || before.number != after.number ||
              before.endpoint != after.endpoint);
}

INSTANTIATE_TEST_SUITE_P(Columns, EveryColumn, testing::Range(std::size_t{0}, connection_columns().size()),
                         [](const testing::TestParamInfo<std::size_t>& column) {
                           return std::string(connection_columns()[column.param].key);
                         });

TEST(ColumnTable, IndexOfAKey) {
  const auto index = column_index("state");
  ASSERT_TRUE(index);
  EXPECT_EQ(connection_columns()[*index].key, "state");
  EXPECT_FALSE(column_index("stat"));
  EXPECT_EQ(column_cells().size(), connection_columns().size());
}

}  // namespace
}  // namespace conntrail::view
