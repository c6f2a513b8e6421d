#include "conntrail/view/chrome_trace.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "samples.h"

namespace conntrail::view {
namespace {

using namespace samples;
using nlohmann::json;

const MonoTime kNow = kNoon + 3h;

json trace_of(const std::vector<Connection>& connections) {
  ChromeTrace trace(clock().real_ns(kNoon));
  std::string out;
  trace.begin(out);
  for (const Connection& connection : connections) trace.append(out, connection, clock(), kNow);
  trace.end(out);
  return json::parse(out);
}

std::vector<json> slices(const json& trace, std::uint64_t id) {
  std::vector<json> found;
  for (const json& event : trace["traceEvents"]) {
    if (event["ph"] == "X" && event["tid"] == id) found.push_back(event);
  }
  return found;
}

TEST(ChromeTrace, EmptyIsADocument) {
  const json trace = trace_of({});
  EXPECT_EQ(trace["otherData"]["origin"], "2026-11-20T12:00:00.000000000Z");
  EXPECT_EQ(trace["traceEvents"].size(), 1U);
}

TEST(ChromeTrace, AStateIsASliceOfItsTime) {
  const auto found = slices(trace_of({time_wait_client()}), 2);
  ASSERT_EQ(found.size(), 5U);
  std::vector<std::string> names;
  double previous_end = 123456.0;  // opened 123456 µs after noon
  for (const json& slice : found) {
    names.push_back(slice["name"]);
    EXPECT_EQ(slice["pid"], 812);
    EXPECT_NEAR(slice["ts"].get<double>(), previous_end, 0.0005) << slice;
    previous_end = slice["ts"].get<double>() + slice["dur"].get<double>();
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"}));
  EXPECT_DOUBLE_EQ(found[0]["dur"].get<double>(), 1234.567);
  EXPECT_NEAR(previous_end, 3 * 3600e6, 0.0005) << "the present state lasts until now";
  EXPECT_EQ(found[0]["args"]["retransmits"], 3);
  EXPECT_EQ(found[0]["args"]["bytes_received"], 45'000'000);
  EXPECT_FALSE(found[1]["args"].contains("retransmits")) << "told once";
}

TEST(ChromeTrace, MarksAreInstants) {
  Connection connection = time_wait_client();
  connection.marks = {{MarkKind::retransmit, kNoon + 2s}, {MarkKind::owner, kNoon + 3s, 812, 900}};
  const json trace = trace_of({connection});
  std::vector<json> found;
  for (const json& event : trace["traceEvents"]) {
    if (event["ph"] == "i") found.push_back(event);
  }
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0]["name"], "retransmit");
  EXPECT_EQ(found[0]["ts"], 2e6);
  EXPECT_EQ(found[0]["tid"], 2);
  EXPECT_EQ(found[1]["name"], "owner");
  EXPECT_EQ(found[1]["args"], (json{{"from_pid", 812}, {"to_pid", 900}}));
}

TEST(ChromeTrace, TracksAreGroupedAndNamed) {
  const json trace = trace_of(all());
  std::map<std::pair<int, int>, std::string> names;
  std::set<int> processes;
  for (const json& event : trace["traceEvents"]) {
    if (event["name"] == "process_name") {
      EXPECT_TRUE(processes.insert(event["pid"].get<int>()).second) << "named twice: " << event;
    }
    if (event["name"] == "thread_name")
      names[{event["pid"].get<int>(), event["tid"].get<int>()}] = event["args"]["name"];
  }
  EXPECT_TRUE(processes.contains(0));
  EXPECT_TRUE(processes.contains(900));
  EXPECT_EQ((names[{812, 1}]), "10.0.0.1:48966 → 10.0.0.2:443");
  EXPECT_EQ((names[{900, 3}]),
            "[2001:db8:1111:2222:3333:4444:5555:6666]:8443 ← [2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:50123");
  EXPECT_EQ(names.size(), all().size());
}

TEST(ChromeTrace, WhatWasThereBeforeBeginsAtTheOrigin) {
  const auto found = slices(trace_of({listener()}), 4);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]["ts"], 0.0);
  EXPECT_EQ(found[0]["args"]["begin_seen"], false);
}

TEST(ChromeTrace, StatesWhoseTimesNobodySawFollowOneAnother) {
  Connection connection = time_wait_client();
  connection.gone = connection.ended = true;
  connection.closed = {};
  connection.trail = {{TcpState::syn_sent, kNoon + 1s, kNoon + 2s},
                      {TcpState::established, kNoon + 2s, {}},
                      {TcpState::fin_wait1, {}, {}},
                      {TcpState::time_wait, {}, kNoon + 8s},
                      {TcpState::close, kNoon + 8s, {}}};
  const auto found = slices(trace_of({connection}), 2);
  ASSERT_EQ(found.size(), 4U);
  double end = 1e6;
  for (const json& slice : found) {
    EXPECT_DOUBLE_EQ(slice["ts"].get<double>(), end) << slice;
    end += slice["dur"].get<double>();
  }
  EXPECT_DOUBLE_EQ(end, 8e6);
  EXPECT_EQ(found[1]["args"]["begin_seen"], true);
  EXPECT_EQ(found[1]["args"]["end_seen"], false);
  EXPECT_EQ(found[2]["args"]["begin_seen"], false);
  EXPECT_EQ(found[3]["args"]["end_seen"], true);
}

TEST(ChromeTrace, AnEndNobodySawIsNoTimeInClose) {
  Connection connection = time_wait_client();
  connection.trail = {{TcpState::established, kNoon + 2s, {}}, {TcpState::close, {}, {}}};
  connection.gone = connection.ended = true;
  connection.closed = {};
  const auto found = slices(trace_of({connection}), 2);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_DOUBLE_EQ(found[0]["ts"].get<double>() + found[0]["dur"].get<double>(), 3 * 3600e6)
      << "when it was last heard of";
}

// A slice without a length would be hidden; with one it must not reach into the next.
TEST(ChromeTrace, NoStateOverlapsTheNext) {
  Connection connection = time_wait_client();
  connection.trail = {{TcpState::syn_recv, kNoon + 1s, kNoon + 1s},
                      {TcpState::established, kNoon + 1s, kNoon + 1s},
                      {TcpState::close_wait, kNoon + 1s, kNoon + 2s}};
  const auto found = slices(trace_of({connection}), 2);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0]["ts"], 1000000.000);
  EXPECT_EQ(found[1]["ts"], 1000000.001);
  EXPECT_EQ(found[2]["ts"], 1000000.002);
  EXPECT_EQ(found[2]["dur"], 999999.998);
}

TEST(ChromeTrace, ATrackHasA32BitNumber) {
  Connection connection = time_wait_client();
  connection.id = 0x1'0000'0000 + 7;
  const json trace = trace_of({connection});
  EXPECT_FALSE(slices(trace, 8).empty());
  EXPECT_EQ(slices(trace, 8)[0]["args"]["id"], 0x1'0000'0000 + 7);
  for (const json& event : trace["traceEvents"])
    EXPECT_LE(event["tid"].get<std::uint64_t>(), 0xffff'ffffU) << event;
}

TEST(ChromeTrace, AFailedConnectEndsWithItsLastState) {
  const auto found = slices(trace_of({syn_timeout()}), 5);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]["name"], "SYN_SENT");
  EXPECT_DOUBLE_EQ(found[0]["dur"].get<double>(), 127e6);
  EXPECT_EQ(found[0]["args"]["reason"], "timeout after 6 SYN retransmits (gap)");
  EXPECT_EQ(found[0]["args"]["gap"], true);
}

}  // namespace
}  // namespace conntrail::view
