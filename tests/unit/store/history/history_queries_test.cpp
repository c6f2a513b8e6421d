// Searches, lists and counts over a day of connections, against what sqlite3 computes from the plain view.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "conntrail/base/text.h"
#include "history/history_keys.h"
#include "history/history_row.h"
#include "history_fixture.h"

namespace conntrail::store {
namespace {

using namespace test;
using nlohmann::json;

constexpr int kConnections = 300'000;
constexpr Nanoseconds kDay{std::int64_t{24} * 3600 * 1'000'000'000};

// One database for all tests: a day of ended connections and some that live.
class HistoryQueries : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = new Directory;
    const auto run = run_at_noon();
    const auto writer = open_writer(path(), run);
    Crowd crowd(7, kNoon, kDay);
    for (int i = 0; i < kConnections; ++i) {
      Connection c = crowd.next();
      if (i % 1000 == 0) revive(c);
      writer->put(c, c.gone ? c.closed : kNoon + kDay);
      if (i % 20'000 == 0) writer->flush();
    }
    expect_finish(*writer, kNoon + kDay);
    ASSERT_EQ(writer->totals().rows_written, static_cast<std::uint64_t>(kConnections));
    reader_ = new HistoryReader(open_reader(path()));
  }
  static void TearDownTestSuite() {
    delete reader_;
    delete directory_;
  }
  static std::string path() { return directory_->file("h.db"); }

  // Every second of them has a time-wait socket left, the others are open.
  static void revive(Connection& c) {
    c.gone = false;
    if (c.id % 2 == 0) {
      c.time_wait = true;
      return;
    }
    c.ended = false;
    c.closed = {};
    c.state = TcpState::established;
    c.trail.pop_back();
    c.trail.back().left = {};
  }

  static Directory* directory_;
  static HistoryReader* reader_;
};
Directory* HistoryQueries::directory_ = nullptr;
HistoryReader* HistoryQueries::reader_ = nullptr;

std::int64_t at(std::int64_t seconds) { return run_at_noon().clock.real_ns(kNoon) + seconds * 1'000'000'000; }

// The same as a Condition, on the view.
std::string where(const Condition& condition) {
  std::string out = "1";
  if (condition.since_ns) out += fmt::format(" AND (NOT ended OR closed_ns >= {})", *condition.since_ns);
  if (condition.until_ns)
    out += fmt::format(" AND (opened_ns IS NULL OR opened_ns < {})", *condition.until_ns);
  if (!condition.local_ports.empty())
    out += fmt::format(" AND local_port IN ({})", fmt::join(condition.local_ports, ","));
  if (!condition.remote_ports.empty())
    out += fmt::format(" AND remote_port IN ({})", fmt::join(condition.remote_ports, ","));
  if (condition.open_only) out += " AND NOT gone";
  return out;
}

std::vector<Condition> times() {
  const std::int64_t day = kDay.count() / 1'000'000'000;
  const std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>> ranges[] = {
      {{}, {}},                  // everything
      {at(0), at(day)},          // the same by its ends
      {at(3600), {}},            // from the edge of a bucket
      {at(3601), {}},            // from within one
      {{}, at(40'000)},          //
      {at(40'000), at(50'123)},  // edges in different buckets
      {at(50'401), at(50'402)},  // within one bucket
      {at(50'400), at(51'000)},  // exactly one
      {at(100'000'000), {}},     // later than anything but what lives
      {{}, at(-100'000'000)},    // earlier than anything
  };
  std::vector<Condition> out;
  for (const auto& [since, until] : ranges) {
    Condition condition;
    condition.since_ns = since;
    condition.until_ns = until;
    out.push_back(condition);
  }
  return out;
}

void expect_groups(const HistoryReader& reader, const std::string& path, const Condition& condition,
                   GroupKey key, const std::string& more_sql = {}) {
  const std::string sql = fmt::format(
      "SELECT coalesce({}, '') AS value, count(*) AS connections,"
      " sum(coalesce(end_reason NOT IN ('normal', 'unknown'), 0)) AS failed,"
      " sum(coalesce(bytes_sent, 0)) AS sent, sum(coalesce(bytes_received, 0)) AS received,"
      " sum(retransmits) AS retransmits, coalesce(sum(duration_us), 0) AS duration, count(duration_us) AS "
      "durations"
      " FROM connection WHERE {}{} GROUP BY 1 ORDER BY 2 DESC, CAST(coalesce({}, '') AS TEXT)",
      group_key_name(key), where(condition), more_sql, group_key_name(key));
  const std::string text = sqlite3(path, sql, "json");
  const json rows = text.empty() ? json::array() : json::parse(text);
  const auto groups = reader.group(condition, key);
  ASSERT_TRUE(groups) << format_error(groups.error());
  ASSERT_EQ(groups->size(), rows.size()) << sql;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Group& group = (*groups)[i];
    const json& row = rows[i];
    const std::string value =
        row["value"].is_string() ? row["value"].get<std::string>() : row["value"].dump();
    EXPECT_EQ(group.value, value) << sql;
    EXPECT_EQ(group.connections, row["connections"]) << sql << value;
    EXPECT_EQ(group.failed, row["failed"]) << sql << value;
    EXPECT_EQ(group.bytes_sent, row["sent"]) << sql << value;
    EXPECT_EQ(group.bytes_received, row["received"]) << sql << value;
    EXPECT_EQ(group.retransmits, row["retransmits"]) << sql << value;
    EXPECT_EQ(group.durations, row["durations"]) << sql << value;
    const double expected = row["duration"];
    EXPECT_NEAR(static_cast<double>(group.duration_sum.count()) / 1000, expected, 1 + expected * 1e-9);
  }
}

TEST_F(HistoryQueries, GroupsAreWhatPlainSqlCounts) {
  for (const Condition& condition : times()) {
    for (const GroupKey key : {GroupKey::remote_addr, GroupKey::end_reason, GroupKey::local_port})
      expect_groups(*reader_, path(), condition, key);
  }
  Condition some;
  some.since_ns = at(40'000);
  some.until_ns = at(80'123);
  for (const GroupKeyName& group : kGroupKeys) expect_groups(*reader_, path(), some, group.key);
}

TEST_F(HistoryQueries, GroupsOfAFilter) {
  Condition condition;
  condition.remote_ports = {443};
  expect_groups(*reader_, path(), condition, GroupKey::comm);
  condition.since_ns = at(40'000);
  condition.local_ports = {2000, 3000, 4000};
  expect_groups(*reader_, path(), condition, GroupKey::remote_addr);
  condition = {};
  condition.remote_prefixes = {*IpPrefix::parse("10.1.0.64/26")};
  expect_groups(
      *reader_, path(), condition, GroupKey::remote_addr,
      " AND remote_addr GLOB '10.1.0.*' AND CAST(substr(remote_addr, 8) AS INTEGER) BETWEEN 64 AND 127");
  condition.remote_prefixes = {*IpPrefix::parse("10.1.0.64"), *IpPrefix::parse("2001:db8:1::5")};
  condition.until_ns = at(60'000);
  expect_groups(*reader_, path(), condition, GroupKey::remote_addr,
                " AND remote_addr IN ('10.1.0.64', '2001:db8:1::5')");
  condition = {};
  condition.open_only = true;
  expect_groups(*reader_, path(), condition, GroupKey::state);
}

std::string column_of(SortKey key) {
  switch (key) {
    case SortKey::id:
      return "id";
    case SortKey::opened:
      return "opened_ns";
    case SortKey::closed:
      return "closed_ns";
    case SortKey::duration:
      return "CAST(round(duration_us * 1000) AS INTEGER)";
    case SortKey::connect:
      return "CAST(round(connect_us * 1000) AS INTEGER)";
    case SortKey::bytes_sent:
      return "bytes_sent";
    case SortKey::bytes_received:
      return "bytes_received";
    case SortKey::retransmits:
      return "retransmits";
    case SortKey::rtt:
      return "srtt_us";
  }
  return {};
}

std::vector<std::string> ids_of(const std::vector<HistoryRecord>& records) {
  std::vector<std::string> out;
  for (const HistoryRecord& record : records) out.push_back(std::to_string(record.connection.id));
  return out;
}

std::string ids_by_sql(const std::string& path, const Condition& condition, SortKey key, bool descending,
                       std::size_t count) {
  const std::string direction = descending ? "DESC" : "ASC";
  return sqlite3(
      path, fmt::format("SELECT id FROM connection WHERE {0} ORDER BY {1} IS NULL, {1} {2}, id {2} LIMIT {3}",
                        where(condition), column_of(key), direction, count));
}

void expect_top(const HistoryReader& reader, const std::string& path, const Condition& condition,
                SortKey key) {
  for (const bool descending : {true, false}) {
    const auto found = reader.top(condition, key, descending, 20);
    ASSERT_TRUE(found) << format_error(found.error());
    EXPECT_EQ(fmt::format("{}", fmt::join(ids_of(*found), "\n")),
              ids_by_sql(path, condition, key, descending, 20))
        << column_of(key) << descending << where(condition);
  }
}

TEST_F(HistoryQueries, TheFirstOfEveryOrder) {
  for (const Condition& condition : times()) expect_top(*reader_, path(), condition, SortKey::duration);
  Condition some;
  some.since_ns = at(40'000);
  some.until_ns = at(50'123);
  for (const SortKey key : kSortKeys) {
    expect_top(*reader_, path(), {}, key);
    expect_top(*reader_, path(), some, key);
  }
}

TEST_F(HistoryQueries, MoreThanTheListsHold) {
  Condition condition;
  condition.since_ns = at(10'000);
  condition.until_ns = at(20'000);
  const auto found = reader_->top(condition, SortKey::duration, true, 700);
  ASSERT_TRUE(found);
  EXPECT_EQ(fmt::format("{}", fmt::join(ids_of(*found), "\n")),
            ids_by_sql(path(), condition, SortKey::duration, true, 700));
}

TEST_F(HistoryQueries, EveryRecordInOrder) {
  Condition condition;
  condition.since_ns = at(10'000);
  condition.until_ns = at(14'000);
  for (const SortKey key : {SortKey::id, SortKey::rtt, SortKey::connect}) {
    std::vector<HistoryRecord> records;
    const auto done = reader_->for_each(condition, key, true, [&](const HistoryRecord& record) {
      records.push_back(record);
      return true;
    });
    ASSERT_TRUE(done) << format_error(done.error());
    EXPECT_GT(records.size(), 1000U);
    EXPECT_EQ(fmt::format("{}", fmt::join(ids_of(records), "\n")),
              ids_by_sql(path(), condition, key, true, 1'000'000));
  }
  int visited = 0;
  const auto done =
      reader_->for_each({}, SortKey::id, false, [&](const HistoryRecord&) { return ++visited < 3; });
  ASSERT_TRUE(done);
  EXPECT_EQ(visited, 3);
}

TEST_F(HistoryQueries, ByTheTwoEnds) {
  const auto some = reader_->top({}, SortKey::duration, true, 5);
  ASSERT_TRUE(some);
  for (const HistoryRecord& record : *some) {
    const FourTuple& tuple = record.connection.tuple;
    for (const bool swapped : {false, true}) {
      const auto found =
          reader_->find(swapped ? tuple.remote : tuple.local, swapped ? tuple.local : tuple.remote, 10);
      ASSERT_TRUE(found) << format_error(found.error());
      EXPECT_THAT(ids_of(*found), testing::Contains(std::to_string(record.connection.id)));
      for (const HistoryRecord& other : *found) {
        EXPECT_EQ(other.connection.tuple.local, tuple.local);
        EXPECT_EQ(other.connection.tuple.remote, tuple.remote);
      }
    }
  }
  // Any port of a remote host: the newest first, those that live before all.
  const auto host = reader_->find({}, {*IpAddress::parse("10.1.0.7"), 0}, 50);
  ASSERT_TRUE(host);
  ASSERT_EQ(host->size(), 50U);
  for (std::size_t i = 1; i < host->size(); ++i) {
    const auto bucket = [](const HistoryRecord& r) {
      return r.connection.gone ? bucket_of(r.clock.real_ns(r.connection.closed)) : INT64_MAX;
    };
    EXPECT_GE(bucket((*host)[i - 1]), bucket((*host)[i]));
  }
  EXPECT_TRUE(reader_->find({}, {*IpAddress::parse("10.9.9.9"), 0}, 50)->empty());
}

TEST_F(HistoryQueries, ByIdAndTheLatest) {
  const auto found = reader_->find(4711);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->connection.id, 4711U);
  EXPECT_FALSE(*reader_->find(kConnections + 1));
  EXPECT_FALSE(*reader_->find(UINT64_MAX));
  const auto latest = reader_->latest();
  ASSERT_TRUE(latest && *latest);
  EXPECT_EQ((*latest)->connection.id, static_cast<std::uint64_t>(kConnections));
  const auto living = reader_->living("boot-a");
  ASSERT_TRUE(living);
  EXPECT_EQ(living->size(), static_cast<std::size_t>(kConnections / 1000));
  EXPECT_TRUE(reader_->living("boot-b")->empty());
}

TEST(HistoryKeys, Names) {
  for (const GroupKeyName& group : kGroupKeys)
    EXPECT_EQ(parse_group_key(group_key_name(group.key)), group.key);
  EXPECT_FALSE(parse_group_key("colour"));
  EXPECT_EQ(parse_sort_key("duration"), SortKey::duration);
  EXPECT_EQ(parse_sort_key("duration_us"), SortKey::duration);
  EXPECT_EQ(parse_sort_key("srtt_us"), SortKey::rtt);
  EXPECT_FALSE(parse_sort_key(""));
}

}  // namespace
}  // namespace conntrail::store
