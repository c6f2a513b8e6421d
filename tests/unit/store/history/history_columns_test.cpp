// The table of columns: nothing of a connection is forgotten, and what is on the disk stays as it was.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <vector>

#include "distinct_connection.h"
#include "history/history_schema.h"
#include "history/history_view.h"
#include "history_fixture.h"

namespace conntrail::store {
namespace {

using namespace test;

TEST(HistoryColumns, EveryFieldOfAConnectionComesBack) {
  const Directory directory;
  const Connection written = conntrail::test::distinct_connection();
  const MonoTime seen = kNoon + Nanoseconds(5'000'000'000'017);
  {
    const auto writer = open_writer(directory.file("h.db"), run_at_noon());
    writer->put(written, seen);
    expect_finish(*writer, seen);
  }
  const auto records = all_records(open_reader(directory.file("h.db")));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].seen, seen);
  conntrail::test::for_each_pair(
      written, Connection{}, [](std::string_view name, const auto& value, const auto& usual) {
        EXPECT_FALSE(value == usual) << name << " has its usual value: the test would not miss it";
      });
  conntrail::test::for_each_pair(
      written, records[0].connection, [](std::string_view name, const auto& value, const auto& found) {
        EXPECT_TRUE(value == found) << name << " is not kept: give it a column or a member of `more` in"
                                    << " src/store/history/record_columns.h (docs/how-to.md)";
      });
}

// Plain sqlite3 has the text of CREATE TABLE from the file: schema 1 is what it always was.
TEST(HistoryColumns, TheTableIsMadeAsSchema1HasIt) {
  EXPECT_EQ(create_record_sql(kRecordLayout), R"sql(CREATE TABLE record(
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, bucket INTEGER, flags INTEGER NOT NULL,
  cookie INTEGER NOT NULL, program INTEGER NOT NULL, pid INTEGER,
  local_addr TEXT, local_port INTEGER NOT NULL, remote_addr TEXT, remote_port INTEGER NOT NULL,
  base INTEGER NOT NULL, opened INTEGER, established INTEGER, closed INTEGER, last_event INTEGER,
  state_since INTEGER, seen INTEGER NOT NULL, time_wait_entered INTEGER, time_wait_expires INTEGER,
  retransmits INTEGER NOT NULL, syn_retransmits INTEGER NOT NULL, bytes_sent INTEGER, bytes_received INTEGER,
  segments_out INTEGER, segments_in INTEGER, srtt_us INTEGER, min_rtt_us INTEGER, error INTEGER,
  trail TEXT NOT NULL, more TEXT);)sql");
}

// An older conntrail takes a row with a member that it does not know for damaged.
TEST(HistoryColumns, MembersOfMoreOfSchema1StayTheSame) {
  std::vector<std::string_view> names;
  for (const MoreMember& member : kMoreMembers) {
    if (member.since == 1) names.push_back(member.name);
  }
  const std::vector<std::string_view> schema_1{
      "holders",           "inode", "receive_queue", "send_queue", "reset_reason",
      "trail_dropped",     "marks", "marks_dropped", "trail_left", "bytes_retransmitted",
      "socket_retransmits"};
  EXPECT_EQ(names, schema_1) << "one that is added has a later `since`";
}

// What docs/how-to.md promises of a column that comes later, with a table that has two more.
TEST(HistoryColumns, AColumnOfALaterSchemaIsAddedToTheFile) {
  const Directory directory;
  const std::string path = directory.file("h.db");
  std::vector<Column> columns(kRecordColumns.begin(), kRecordColumns.end());
  std::vector<MoreMember> more(kMoreMembers.begin(), kMoreMembers.end());
  const int next = kSchemaVersion + 1;
  columns.push_back(column<NumberUnlessZero<&Connection::retransmits>>("later_column", kIntegerOrNull, next));
  more.push_back(member<NumberIfAny<&Connection::inode>>("later_member", next + 1));
  const RecordTableLayout layout{columns, more};
  EXPECT_EQ(newest_version(layout), next + 1);
  Connection old;
  old.id = 7;
  {
    const auto writer = open_writer(path, run_at_noon());
    writer->put(old, kNoon);
    expect_finish(*writer, kNoon);
  }
  {
    const auto database = Database::open(path, SQLITE_OPEN_READWRITE, path);
    ASSERT_TRUE(database);
    ASSERT_TRUE(migrate(*database, migrations_of(layout)));
  }
  EXPECT_EQ(sqlite3(path, "SELECT id, later_column IS NULL, later_member IS NULL FROM connection"), "7|1|1");
  change_by_sqlite3(path, "UPDATE record SET later_column = 5, more = '{\"later_member\":6}'");
  EXPECT_EQ(sqlite3(path, "SELECT later_column, later_member FROM connection; PRAGMA user_version"),
            fmt::format("5|6\n{}", next + 1));

  // A new file gets there by the same steps.
  const std::string fresh = directory.file("fresh.db");
  const auto database = Database::open(fresh, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, fresh);
  ASSERT_TRUE(database);
  ASSERT_TRUE(migrate(*database, migrations_of(layout)));
  const std::string schema = "SELECT name, sql FROM sqlite_master ORDER BY name";
  EXPECT_EQ(sqlite3(fresh, schema), sqlite3(path, schema));
}

}  // namespace
}  // namespace conntrail::store
