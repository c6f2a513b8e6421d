// The database stays within its size and age, and what is derived from its rows follows.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "history_fixture.h"

namespace conntrail::store {
namespace {

using namespace test;

constexpr Nanoseconds kSecond{1'000'000'000};
constexpr Nanoseconds kHour = 3600 * kSecond;

std::string groups_of(const HistoryReader& reader, const Condition& condition) {
  const auto groups = reader.group(condition, GroupKey::remote_addr);
  if (!groups) return format_error(groups.error());
  std::string out;
  for (const Group& group : *groups)
    out +=
        fmt::format("{}{}|{}|{}", out.empty() ? "" : "\n", group.value, group.connections, group.bytes_sent);
  return out;
}

std::string groups_by_sql(const std::string& path) {
  return sqlite3(path,
                 "SELECT coalesce(remote_addr, ''), count(*), sum(coalesce(bytes_sent, 0)) FROM connection"
                 " GROUP BY 1 ORDER BY 2 DESC, 1");
}

void expect_derived_follows(const std::string& path) {
  const HistoryReader reader = open_reader(path);
  EXPECT_EQ(groups_of(reader, {}), groups_by_sql(path));
  const auto longest = reader.top({}, SortKey::duration, true, 30);
  ASSERT_TRUE(longest);
  std::string ids;
  for (const HistoryRecord& record : *longest)
    ids += fmt::format("{}{}", ids.empty() ? "" : "\n", record.connection.id);
  EXPECT_EQ(
      ids,
      sqlite3(path,
              "SELECT id FROM connection ORDER BY duration_us IS NULL, duration_us DESC, id DESC LIMIT 30"));
}

Connection open_for_long(std::uint64_t id) {
  Connection c;
  c.id = id;
  c.cookie = 1;
  c.state = TcpState::established;
  c.opened = kNoon;
  c.trail = {{TcpState::established, kNoon, {}}};
  return c;
}

// Connections of `hours` in the order of their ends, about one each 360 ms.
void write_hours(HistoryWriter& writer, int hours, std::uint64_t most_bytes) {
  std::uint64_t id = 1;
  MonoTime now = kNoon;
  for (int part = 0; part < hours * 6; ++part) {
    Crowd crowd(static_cast<std::uint64_t>(part), now, 600 * kSecond);
    now = now + 600 * kSecond;
    for (int i = 0; i < 1700; ++i) {
      Connection c = crowd.next();
      c.id = c.cookie = ++id;
      writer.put(c, now);
    }
    writer.flush();
    ASSERT_LE(writer.totals().bytes, most_bytes) << part;
  }
}

TEST(HistoryRetention, StaysWithinItsSize) {
  const Directory directory;
  WriterOptions options;
  options.path = directory.file("h.db");
  options.max_bytes = 8 << 20;
  const auto writer = open_writer(options, run_at_noon());
  writer->put(open_for_long(1), kNoon);
  write_hours(*writer, 12, options.max_bytes);
  const std::uint64_t retired = writer->totals().rows_retired;
  EXPECT_GT(retired, 50'000U);
  EXPECT_EQ(sqlite3(options.path, "SELECT count(*) FROM connection"),
            std::to_string(1 + 12 * 6 * 1700 - retired));
  // What is left is the newest, and what lives.
  EXPECT_GT(std::stoull(sqlite3(options.path, "SELECT count(*) FROM connection")), 10'000U);
  EXPECT_EQ(sqlite3(options.path, "SELECT count(*) FROM connection WHERE id = 1"), "1");
  EXPECT_GT(
      std::stoll(sqlite3(options.path, "SELECT min(closed_ns) / 1000000000 - 1795176000 FROM connection")),
      6 * 3600);
  expect_derived_follows(options.path);
  expect_finish(*writer, kNoon + 12 * kHour);
  EXPECT_EQ(sqlite3(options.path, "PRAGMA integrity_check"), "ok");
}

TEST(HistoryRetention, WithinOneBucketTheOldestRowsGo) {
  const Directory directory;
  WriterOptions options;
  options.path = directory.file("h.db");
  options.max_bytes = 6 << 20;
  const auto writer = open_writer(options, run_at_noon());
  Crowd crowd(1, kNoon, Nanoseconds(1000));
  for (int part = 0; part < 60; ++part) {
    for (int i = 0; i < 1500; ++i) writer->put(crowd.next(), kNoon);
    writer->flush();
    ASSERT_LE(writer->totals().bytes, options.max_bytes) << part;
  }
  EXPECT_GT(writer->totals().rows_retired, 50'000U);
  EXPECT_GT(std::stoull(sqlite3(options.path, "SELECT min(id) FROM connection")), 40'000U);
  expect_derived_follows(options.path);
  expect_finish(*writer, kNoon);
}

TEST(HistoryRetention, StaysWithinItsAge) {
  const Directory directory;
  WriterOptions options;
  options.path = directory.file("h.db");
  options.keep = kHour;
  const auto writer = open_writer(options, run_at_noon());
  writer->put(open_for_long(1), kNoon);
  writer->put(Gap{run_at_noon().clock.real_ns(kNoon), run_at_noon().clock.real_ns(kNoon + kSecond), 1,
                  "events lost"});
  write_hours(*writer, 4, options.max_bytes);
  for (int i = 0; i < 10; ++i) writer->flush();
  const std::int64_t oldest =
      std::stoll(sqlite3(options.path, "SELECT min(closed_ns) / 1000000000 - 1795176000 FROM connection"));
  EXPECT_GE(oldest, 3 * 3600 - 1200);
  EXPECT_LE(oldest, 3 * 3600);
  EXPECT_EQ(sqlite3(options.path, "SELECT count(*) FROM connection WHERE id = 1; SELECT count(*) FROM gap"),
            "1\n0");
  EXPECT_EQ(sqlite3(options.path,
                    "SELECT count(*) FROM summary WHERE bucket NOT IN (SELECT bucket FROM bucket);"
                    "SELECT count(*) FROM top WHERE bucket NOT IN (SELECT bucket FROM bucket);"
                    "SELECT count(*) FROM record WHERE bucket NOT IN (SELECT bucket FROM bucket)"),
            "0\n0\n0");
  expect_derived_follows(options.path);
  expect_finish(*writer, kNoon + 4 * kHour);
}

}  // namespace
}  // namespace conntrail::store
