// What is counted and listed per ten minutes beside the rows: where a key has very many values, and where
// connections change once more after their end.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "history/history_keys.h"
#include "history/tables/packed_groups.h"
#include "history_fixture.h"

namespace conntrail::store {
namespace {

using namespace test;

constexpr Nanoseconds kSecond{1'000'000'000};
constexpr Nanoseconds kMinute = 60 * kSecond;

Groups some_groups() {
  Groups groups;
  for (std::uint64_t port = 32768; port < 36000; ++port) {
    Group& group = groups[std::to_string(port)];
    group.connections = port % 7 + 1;
    group.failed = port % 3;
    group.bytes_sent = port * port * 1'000'003;
    group.bytes_received = port % 5 == 0 ? 0 : port;
    group.retransmits = port % 11 == 0 ? 4 : 0;
    group.duration_sum = Nanoseconds(static_cast<std::int64_t>(port) * 1'000'000'007);
    group.durations = port % 13 == 0 ? 0 : group.connections;
  }
  groups[""].connections = 3;
  groups["2001:db8::ffff"].connections = std::uint64_t{1} << 63U;
  return groups;
}

void expect_same(const Groups& one, const Groups& other) {
  ASSERT_EQ(one.size(), other.size());
  for (const auto& [value, a] : one) {
    ASSERT_TRUE(other.contains(value)) << value;
    const Group& b = other.at(value);
    EXPECT_EQ(std::tie(a.connections, a.failed, a.bytes_sent, a.bytes_received, a.retransmits, a.duration_sum,
                       a.durations),
              std::tie(b.connections, b.failed, b.bytes_sent, b.bytes_received, b.retransmits, b.duration_sum,
                       b.durations))
        << value;
  }
}

TEST(PackedGroups, AreWhatWasPacked) {
  const Groups groups = some_groups();
  const ByteWriter packed = pack_groups(groups);
  EXPECT_LT(packed.size(), groups.size() * 24);
  Groups again;
  ASSERT_TRUE(unpack_groups(packed.view(), again));
  expect_same(groups, again);
  for (const std::string_view there : {"", "32768", "35999", "2001:db8::ffff"})
    EXPECT_TRUE(packed_may_have(packed.view(), there)) << there;
  for (const std::string_view missing : {"3", "36000", "32767", "zzz"})
    EXPECT_FALSE(packed_may_have(packed.view(), missing)) << missing;
}

TEST(PackedGroups, EmptyOnesAreLeftOut) {
  Groups groups;
  groups["80"];
  groups["443"].connections = 1;
  Groups again;
  ASSERT_TRUE(unpack_groups(pack_groups(groups).view(), again));
  EXPECT_EQ(again.size(), 1U);
  EXPECT_TRUE(again.contains("443"));
}

TEST(PackedGroups, WhatIsDamagedIsNoticed) {
  const ByteWriter packed = pack_groups(some_groups());
  for (std::size_t size = 0; size < packed.size(); size += size < 100 ? 1 : 97) {
    Groups groups;
    EXPECT_FALSE(unpack_groups(packed.view().first(size), groups)) << size;
  }
  std::vector<std::uint8_t> other(packed.view().begin(), packed.view().end());
  other.front() = 2;  // a later version
  Groups groups;
  EXPECT_FALSE(unpack_groups(other, groups));
  EXPECT_TRUE(packed_may_have(other, "1")) << "who asks must look closer";
}

class HistorySummary : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return directory_.file("h.db"); }

  // Connections from ever other ports that end one after the other, from `from` on.
  void put(HistoryWriter& writer, int count, MonoTime from, Nanoseconds step, MonoTime now = {}) {
    for (int i = 0; i < count; ++i) {
      Connection c = Crowd(id_, from + step * i, step).next();
      c.id = ++id_;
      c.cookie = id_;
      c.tuple.local.port = static_cast<std::uint16_t>(10000 + id_ * 7 % 50000);
      c.tuple.remote = {IpAddress::v4({10, 9, 0, 1}), 443};
      last_ = c;
      writer.put(c, std::max(c.closed, now));
    }
    writer.flush();
  }

  static std::string groups_of(const std::string& path, GroupKey key) {
    const auto groups = open_reader(path).group({}, key);
    if (!groups) return format_error(groups.error());
    std::string out;
    for (const Group& group : *groups)
      out +=
          fmt::format("{}|{}|{}|{}\n", group.value, group.connections, group.bytes_sent, group.retransmits);
    return out;
  }
  static std::string groups_by_sql(const std::string& path, GroupKey key) {
    return sqlite3(path, fmt::format("SELECT coalesce({0}, ''), count(*), sum(coalesce(bytes_sent, 0)),"
                                     " sum(retransmits) FROM connection GROUP BY 1"
                                     " ORDER BY 2 DESC, CAST(coalesce({0}, '') AS TEXT)",
                                     group_key_name(key))) +
           "\n";
  }
  // Buckets of a key that are packed, and those whose rows must be counted.
  static std::string kept(const std::string& path, GroupKey key) {
    return sqlite3(path,
                   fmt::format("SELECT count(packed) || ' packed, ' || (count(*) - count(packed)) || ' not'"
                               " FROM summary_full WHERE dimension = {}",
                               static_cast<int>(key) + 1));
  }
  static void expect_counted(const std::string& path) {
    for (const GroupKey key : {GroupKey::local_port, GroupKey::remote_addr, GroupKey::pid}) {
      const std::string counted = groups_of(path, key);
      const std::string expected = groups_by_sql(path, key);
      const auto at =
          static_cast<std::size_t>(std::ranges::mismatch(counted, expected).in1 - counted.begin());
      EXPECT_TRUE(counted == expected)
          << group_key_name(key) << " from byte " << at << ": " << counted.substr(at, 100) << " instead of "
          << expected.substr(at, 100);
    }
  }
  // As a kill leaves it: what is committed, nothing that is only in memory.
  [[nodiscard]] std::string killed_copy() const {
    for (const char* const suffix : {"", "-wal"})
      std::filesystem::copy_file(path() + suffix, directory_.file("killed.db") + suffix);
    return directory_.file("killed.db");
  }

  Directory directory_;
  std::uint64_t id_ = 0;
  Connection last_;
};

TEST_F(HistorySummary, ManyPortsArePackedWhenTheirBucketIsOver) {
  const auto writer = open_writer(path(), run_at_noon());
  put(*writer, 3000, kNoon, kMinute / 600);
  EXPECT_EQ(kept(path(), GroupKey::local_port), "0 packed, 1 not");
  EXPECT_EQ(sqlite3(path(), "SELECT count(*) FROM summary WHERE dimension = 4"), "0")
      << "no row for each port";
  expect_counted(path());

  put(*writer, 3000, kNoon + 10 * kMinute, kMinute / 600);
  put(*writer, 10, kNoon + 21 * kMinute, kMinute / 600);
  EXPECT_EQ(kept(path(), GroupKey::local_port), "1 packed, 1 not") << "stragglers of the second may come yet";
  put(*writer, 10, kNoon + 23 * kMinute, kMinute / 600);
  EXPECT_EQ(kept(path(), GroupKey::local_port), "2 packed, 0 not");
  expect_counted(path());
  expect_finish(*writer, kNoon + 23 * kMinute);
  expect_counted(path());
}

TEST_F(HistorySummary, StragglersAreCountedInWhatIsPacked) {
  const auto writer = open_writer(path(), run_at_noon());
  put(*writer, 3000, kNoon, kMinute / 600);
  put(*writer, 10, kNoon + 30 * kMinute, kMinute / 600);
  ASSERT_EQ(kept(path(), GroupKey::local_port), "1 packed, 0 not");
  const std::string before = groups_of(path(), GroupKey::local_port);
  put(*writer, 100, kNoon + 5 * kMinute, kMinute / 600, kNoon + 31 * kMinute);
  EXPECT_EQ(kept(path(), GroupKey::local_port), "1 packed, 0 not");
  EXPECT_TRUE(groups_of(path(), GroupKey::local_port) != before);
  expect_counted(path());
  expect_finish(*writer, kNoon + 30 * kMinute);
}

TEST_F(HistorySummary, TheNextRunGoesOnWithAPackedBucket) {
  {
    const auto writer = open_writer(path(), run_at_noon());
    put(*writer, 3000, kNoon, kMinute / 600);
    expect_finish(*writer, kNoon + 5 * kMinute);
  }
  EXPECT_EQ(kept(path(), GroupKey::local_port), "1 packed, 0 not");
  const auto writer = open_writer(path(), run_at_noon());
  put(*writer, 500, kNoon + 5 * kMinute, kMinute / 600);
  EXPECT_EQ(kept(path(), GroupKey::local_port), "0 packed, 1 not");
  expect_counted(path());
  expect_finish(*writer, kNoon + 6 * kMinute);
  EXPECT_EQ(kept(path(), GroupKey::local_port), "1 packed, 0 not");
  expect_counted(path());
}

TEST_F(HistorySummary, AfterAKillTheRowsAreCounted) {
  const auto writer = open_writer(path(), run_at_noon());
  put(*writer, 3000, kNoon, kMinute / 600);
  const std::string copy = killed_copy();
  expect_finish(*writer, kNoon + 5 * kMinute);
  const auto second = open_writer(copy, run_at_noon());
  put(*second, 500, kNoon + 5 * kMinute, kMinute / 600);
  put(*second, 2000, kNoon + 20 * kMinute, kMinute / 600);
  EXPECT_EQ(kept(copy, GroupKey::local_port), "0 packed, 2 not");
  expect_counted(copy);
  expect_finish(*second, kNoon + 30 * kMinute);
  EXPECT_EQ(kept(copy, GroupKey::local_port), "1 packed, 1 not") << "nothing of the first is made up";
  expect_counted(copy);
}

TEST_F(HistorySummary, MoreValuesThanThereArePorts) {
  const auto writer = open_writer(path(), run_at_noon());
  for (std::uint32_t i = 0; i < 70'000; ++i) {
    Connection c = Crowd(i, kNoon, kMinute).next();
    c.id = c.cookie = i + 1;
    c.tuple.remote.address =
        IpAddress::v4({10, static_cast<std::uint8_t>(i >> 16U), static_cast<std::uint8_t>(i >> 8U),
                       static_cast<std::uint8_t>(i)});
    writer->put(c, c.closed);
    if (i % 10'000 == 0) writer->flush();
  }
  writer->flush();
  EXPECT_EQ(kept(path(), GroupKey::remote_addr), "0 packed, 1 not");
  expect_finish(*writer, kNoon + 30 * kMinute);
  EXPECT_EQ(kept(path(), GroupKey::remote_addr), "0 packed, 1 not");
  expect_counted(path());
}

TEST_F(HistorySummary, ADamagedSummaryIsNamed) {
  {
    const auto writer = open_writer(path(), run_at_noon());
    put(*writer, 3000, kNoon, kMinute / 600);
    expect_finish(*writer, kNoon + 30 * kMinute);
  }
  change_by_sqlite3(path(), "UPDATE summary_full SET packed = x'0102'");
  const auto groups = open_reader(path()).group({}, GroupKey::local_port);
  ASSERT_FALSE(groups);
  EXPECT_NE(format_error(groups.error()).find("damaged"), std::string::npos) << format_error(groups.error());
  // A search only loses a shortcut, and a recorder goes on.
  const auto found = open_reader(path()).find({{}, last_.tuple.local.port}, {}, 10);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size(), 1U);
  const auto writer = open_writer(path(), run_at_noon());
  put(*writer, 10, kNoon + 5 * kMinute, kMinute / 600);
  expect_finish(*writer, kNoon + 30 * kMinute);
  expect_counted(path());
}

// Every list of the best against the rows.
void expect_tops(const std::string& path, std::size_t count) {
  const HistoryReader reader = open_reader(path);
  const std::pair<SortKey, std::string> columns[] = {
      {SortKey::id, "id"},
      {SortKey::opened, "opened_ns"},
      {SortKey::closed, "closed_ns"},
      {SortKey::duration, "duration_us"},
      {SortKey::bytes_sent, "bytes_sent"},
      {SortKey::retransmits, "retransmits"},
  };
  for (const auto& [key, column] : columns) {
    for (const bool descending : {false, true}) {
      const auto records = reader.top({}, key, descending, count);
      ASSERT_TRUE(records);
      std::string values;
      for (const HistoryRecord& record : *records)
        values += fmt::format("{}{}", values.empty() ? "" : "\n", record.connection.id);
      EXPECT_EQ(values, sqlite3(path, fmt::format("SELECT id FROM connection WHERE {0} IS NOT NULL"
                                                  " ORDER BY {0} {1}, id {1} LIMIT {2}",
                                                  column, descending ? "DESC" : "ASC", count)))
          << column << descending;
    }
  }
}

TEST_F(HistorySummary, ListsFollowConnectionsThatChangeAfterTheirEnd) {
  auto writer = open_writer(path(), run_at_noon());
  Crowd crowd(5, kNoon, kMinute);
  std::vector<Connection> all;
  for (int i = 0; i < 5000; ++i) {
    all.push_back(crowd.next());
    all.back().opened = all.back().closed - Nanoseconds(std::int64_t{1'000'000} * (i + 1));
    writer->put(all.back(), all.back().closed);
  }
  writer->flush();
  expect_tops(path(), 100);
  // The newest, the longest and the largest are told once more as they are, in the order of their ids: the
  // last of each list first.
  for (int i = 4700; i < 5000; ++i)
    writer->put(all[static_cast<std::size_t>(i)], all[static_cast<std::size_t>(i)].closed);
  writer->flush();
  expect_tops(path(), 100);
  // Some leave the lists of the best.
  for (int i = 4980; i < 5000; ++i) {
    Connection& c = all[static_cast<std::size_t>(i)];
    c.opened = c.closed - Nanoseconds(2'500'000'000);
    c.retransmits = 1;
    writer->put(c, c.closed);
  }
  writer->flush();
  expect_tops(path(), 100);
  // More than are kept in reserve leave: the next best come from the rows.
  for (int i = 4800; i < 4980; ++i) {
    Connection& c = all[static_cast<std::size_t>(i)];
    c.opened = c.closed - Nanoseconds(2'400'000'000);
    c.stats.reset();
    writer->put(c, c.closed);
  }
  writer->flush();
  expect_tops(path(), 100);
  expect_finish(*writer, kNoon + kMinute);

  writer.reset();

  // A list that is read back goes on where it was.
  const auto second = open_writer(path(), run_at_noon());
  for (int i = 0; i < 50; ++i) {
    Connection c = crowd.next();
    c.opened = c.closed - Nanoseconds(std::int64_t{1'000'000} * (i * 150 + 1));
    second->put(c, c.closed);
  }
  second->flush();
  expect_tops(path(), 100);
  expect_finish(*second, kNoon + kMinute);
}

TEST_F(HistorySummary, ASearchForWhatNeverWasFindsNothingAndTheRestEverything) {
  const auto writer = open_writer(path(), run_at_noon());
  put(*writer, 3000, kNoon, kMinute / 600);
  put(*writer, 300, kNoon + 30 * kMinute, kMinute / 600);
  expect_finish(*writer, kNoon + 40 * kMinute);
  const HistoryReader reader = open_reader(path());
  const auto count = [&](const Endpoint& one, const Endpoint& other) {
    const auto found = reader.find(one, other, 10000);
    return found ? static_cast<int>(found->size()) : -1;
  };
  const Endpoint local = last_.tuple.local;
  const Endpoint remote = last_.tuple.remote;
  const auto by_sql = [&](const std::string& where) {
    return std::stoi(sqlite3(path(), "SELECT count(*) FROM connection WHERE " + where));
  };
  EXPECT_EQ(count(local, remote), by_sql(fmt::format("local_port = {} AND local_addr = '{}'", local.port,
                                                     to_string(local.address))));
  EXPECT_EQ(count(remote, local), count(local, remote));
  EXPECT_EQ(count({{}, local.port}, {}), by_sql(fmt::format("local_port = {}", local.port)));
  EXPECT_EQ(count({{}, 443}, {}), 3300);
  EXPECT_EQ(count({remote.address, 0}, {}), 3300);
  EXPECT_EQ(count({remote.address, 444}, {}), 0);
  EXPECT_EQ(count({{}, 9}, {}), 0);
  EXPECT_EQ(count({IpAddress::v4({192, 0, 2, 1}), 0}, {}), 0);
}

}  // namespace
}  // namespace conntrail::store
