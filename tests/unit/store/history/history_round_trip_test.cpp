// What goes into the database comes out as it was, for our reader and for plain sqlite3.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "distinct_connection.h"
#include "history_fixture.h"
#include "samples.h"

namespace conntrail::store {
namespace {

using namespace test;
using nlohmann::json;

// The samples of the views, and what they do not have: holes in a trail, every flag, largest numbers.
std::vector<Connection> everything() {
  std::vector<Connection> all = view::samples::all();
  std::uint64_t id = all.back().id;
  Connection torn = view::samples::time_wait_client();
  torn.id = ++id;
  torn.trail[1].left = {};
  torn.trail[0].entered = {};
  torn.trail.back().left = torn.trail.back().entered + Nanoseconds(7);
  torn.trail_dropped = 12;
  torn.gap = true;
  all.push_back(torn);
  Connection full = view::samples::established_client();
  full.id = ++id;
  full.tuple.netns = 0xffffffff;
  full.tuple.netns_cookie = 0xffffffffff;
  full.owner = {4194303, 4294967294, 0x7fffffffffffffff, "fifteen bytes..", OwnerSource::accept, true};
  full.holders = {{1, -1, ""}, {4194303, 2147483647, "\xc3\xa4\xff\"\\\n"}};
  full.inode = 18446744073709551615ULL;
  full.receive_queue = 4294967295;
  full.send_queue = 4294967294;
  full.reset_sent = full.reset_received = full.fin_sent = full.fin_received = true;
  full.reset_reason = 14;
  full.marks = {{MarkKind::syn_retransmit, full.opened - Nanoseconds(3), 0, 0},
                {MarkKind::owner, full.established, 4194303, 4294967295},
                {MarkKind::reset_received, full.established + Nanoseconds(1), 0, 0}};
  full.marks_dropped = 4294967295;
  full.error = 110;
  full.closed_first = ClosedFirst::both;
  full.stats = SocketStats{1ULL << 62U, 1ULL << 61U, 1ULL << 60U, 4294967295, 4294967294, 9, 0, {}};
  full.time_wait = true;
  full.time_wait_entered = full.opened + Nanoseconds(5);
  full.time_wait_expires = full.opened + Nanoseconds(6);
  full.time_wait_entry_evidence = Evidence::expected;
  full.time_wait_exit_evidence = Evidence::confirmed;
  all.push_back(full);
  Connection nothing;
  nothing.id = ++id;
  all.push_back(nothing);
  Connection distinct = conntrail::test::distinct_connection();
  distinct.id = ++id;
  all.push_back(distinct);
  Crowd crowd(1, kNoon, Nanoseconds(3'600'000'000'000));
  for (int i = 0; i < 2000; ++i) {
    Connection c = crowd.next();
    c.id = ++id;
    all.push_back(c);
  }
  return all;
}

TEST(HistoryRoundTrip, JsonIsTheSameByteForByte) {
  const Directory directory;
  const auto run = run_at_noon();
  const std::vector<Connection> all = everything();
  const MonoTime now = kNoon + Nanoseconds(5'000'000'000'017);
  {
    const auto writer = open_writer(directory.file("h.db"), run);
    for (const Connection& c : all) writer->put(c, now);
    expect_finish(*writer, now);
    EXPECT_EQ(writer->totals().rows_written, all.size());
  }
  const HistoryReader reader = open_reader(directory.file("h.db"));
  const std::vector<HistoryRecord> records = all_records(reader);
  ASSERT_EQ(records.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const HistoryRecord& record = records[i];
    EXPECT_EQ(json_of(record.connection, record.clock, record.seen), json_of(all[i], run.clock, now));
    EXPECT_EQ(record.seen, now);
    // What the JSON does not show.
    EXPECT_EQ(record.connection.trail, all[i].trail);
    EXPECT_EQ(record.connection.established, all[i].established);
    EXPECT_EQ(record.connection.state_since, all[i].state_since);
    EXPECT_EQ(record.connection.last_event, all[i].last_event);
    EXPECT_EQ(record.connection.time_wait_expires, all[i].time_wait_expires);
    EXPECT_EQ(record.connection.reset_reason, all[i].reset_reason);
    EXPECT_EQ(record.connection.stats, all[i].stats);
    EXPECT_EQ(record.connection.owner, all[i].owner);
    EXPECT_EQ(record.connection.holders, all[i].holders);
    EXPECT_EQ(record.connection.receive_queue, all[i].receive_queue);
    EXPECT_EQ(record.connection.marks, all[i].marks);
  }
}

// Keys whose column is 0 or 1 where JSON says false or true.
const std::set<std::string> kBooleans{"ended",        "gone",       "existed_before", "gap",      "fin_sent",
                                      "fin_received", "reset_sent", "reset_received", "time_wait"};
const std::set<std::string> kNotColumns{"type", "time", "mono_ns", "time_wait_left_us"};

// A row as sqlite3 prints it, in the terms of our own JSON.
json as_json_line(json row) {
  json out;
  for (const auto& [key, value] : row.items()) {
    if (value.is_null()) continue;
    if (kBooleans.contains(key)) {
      if (key != "gap" || value == 1) out[key] = value == 1;
    } else if (key == "trail" || key == "holders" || key == "marks") {
      out[key] = json::parse(value.get<std::string>());
    } else {
      out[key] = value;
    }
  }
  return out;
}

bool same(const json& a, const json& b) {
  if (a.is_number() && b.is_number()) return std::abs(a.get<double>() - b.get<double>()) < 0.0011;
  if (a.is_array() && b.is_array())
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const json& x, const json& y) { return same(x, y); });
  if (a.is_object() && b.is_object()) {
    if (a.size() != b.size()) return false;
    for (const auto& [key, value] : a.items()) {
      if (!b.contains(key) || !same(value, b[key])) return false;
    }
    return true;
  }
  return a == b;
}

TEST(HistoryRoundTrip, ThePlainViewSaysTheSame) {
  const Directory directory;
  const auto run = run_at_noon();
  std::vector<Connection> all = everything();
  // What is no UTF-8 has no common notation in JSON.
  std::erase_if(all, [](const Connection& c) {
    return c.owner.comm.find('\xff') != std::string::npos ||
           (!c.holders.empty() && c.holders.back().comm.find('\xff') != std::string::npos);
  });
  const MonoTime now = kNoon + Nanoseconds(5'000'000'000'017);
  {
    const auto writer = open_writer(directory.file("h.db"), run);
    for (const Connection& c : all) writer->put(c, now);
    expect_finish(*writer, now);
  }
  const json rows =
      json::parse(sqlite3(directory.file("h.db"), "SELECT * FROM connection ORDER BY id", "json"));
  ASSERT_EQ(rows.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const json expected = json::parse(json_of(all[i], run.clock, now));
    const json found = as_json_line(rows[i]);
    for (const auto& [key, value] : expected.items()) {
      if (kNotColumns.contains(key)) continue;
      ASSERT_TRUE(found.contains(key)) << key << " of " << expected;
      EXPECT_TRUE(same(found[key], value)) << key << ": " << found[key] << " is not " << value;
    }
    static const std::set<std::string> kMore{"run",
                                             "seen",
                                             "opened_ns",
                                             "closed_ns",
                                             "seen_ns",
                                             "time_wait_us",
                                             "reset_reason",
                                             "retransmits_unknown",
                                             "syn_retransmits_unknown"};
    for (const auto& [key, value] : found.items())
      EXPECT_TRUE(expected.contains(key) || kMore.contains(key)) << key << ": " << value;
  }
}

TEST(HistoryRoundTrip, LaterStepsUpdateTheRow) {
  const Directory directory;
  const auto run = run_at_noon();
  const auto writer = open_writer(directory.file("h.db"), run);
  Connection c = view::samples::established_client();
  writer->put(c, kNoon + Nanoseconds(1));
  writer->flush();
  c = view::samples::time_wait_client();
  c.id = view::samples::established_client().id;
  writer->put(c, c.closed);
  writer->flush();
  c.gone = true;
  c.state = TcpState::close;
  c.state_since = c.last_event = c.time_wait_entered + Nanoseconds(60'000'000'000);
  c.trail.back().left = c.state_since;
  c.trail.push_back({TcpState::close, c.state_since, {}});
  writer->put(c, c.state_since);
  writer->flush();
  const HistoryReader reader = open_reader(directory.file("h.db"));
  const auto records = all_records(reader);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(json_of(records[0].connection, run.clock, records[0].seen), json_of(c, run.clock, c.state_since));
  EXPECT_EQ(sqlite3(directory.file("h.db"), "SELECT time_wait_us FROM connection"), "60000000.0");
}

}  // namespace
}  // namespace conntrail::store
