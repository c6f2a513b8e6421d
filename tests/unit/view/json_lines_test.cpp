#include <gtest/gtest.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "conntrail/base/json_writer.h"
#include "conntrail/view/line.h"
#include "samples.h"

namespace conntrail::view {
namespace {

using namespace samples;
using nlohmann::json;

// One line, parsed back. Fails when it is not exactly one line, no valid JSON, or has a key twice.
json parse_line(const std::string& line) {
  EXPECT_FALSE(line.empty());
  EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
  std::vector<std::set<std::string>> seen;
  const auto check = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) seen.emplace_back();
    if (event == json::parse_event_t::object_end) seen.pop_back();
    if (event == json::parse_event_t::key) {
      EXPECT_TRUE(seen.back().insert(parsed.get<std::string>()).second) << parsed << " twice in " << line;
    }
    return true;
  };
  json value = json::parse(line, check, false);
  EXPECT_FALSE(value.is_discarded()) << line;
  return value;
}

json of(const Change& change, ResetReasonNames names = {}) {
  std::string out;
  const JsonLines lines(clock(), std::move(names));
  std::visit([&](const auto& what) { lines.append(out, what); }, change);
  return parse_line(out);
}

json of(const Connection& connection, MonoTime now) {
  std::string out;
  JsonLines(clock()).append(out, connection, now);
  return parse_line(out);
}

TEST(JsonTransition, HasTheContractsKeysInTheContractsNotation) {
  const Connection c = established_client();
  std::string out;
  JsonLines(clock()).append(out, Transition{&c, c.established, TcpState::syn_sent, TcpState::established,
                                            1234567ns, 0, Evidence::event});
  EXPECT_EQ(
      out,
      R"({"type":"transition","time":"2026-11-20T12:00:00.124690567Z","mono_ns":1000124690567,"cookie":4097,)"
      R"("netns":4026531840,"family":"inet","local_addr":"10.0.0.1","local_port":48966,)"
      R"("remote_addr":"10.0.0.2","remote_port":443,"from":"SYN_SENT","to":"ESTABLISHED","after_us":1234.567,)"
      R"("pid":812,"comm":"curl","uid":1000,"cgroup_id":4242,"owner_source":"connect","direction":"active"})"
      "\n");
}

TEST(JsonTransition, LinesAreAppended) {
  const Connection c = established_client();
  std::string out = "before\n";
  const JsonLines lines(clock());
  lines.append(out,
               Transition{&c, kNoon, TcpState::syn_sent, TcpState::close, {}, ECONNREFUSED, Evidence::event});
  lines.append(out, Lost{3, kNoon, kNoon});
  EXPECT_EQ(out.substr(0, 7), "before\n");
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 3);
}

TEST(JsonTransition, WhatIsNotKnownIsAbsent) {
  const Connection c = bare();
  const json line =
      of(Transition{&c, kNoon, TcpState::unknown, TcpState::established, {}, 0, Evidence::event});
  const json expected = {{"type", "transition"},
                         {"time", "2026-11-20T12:00:00.000000000Z"},
                         {"mono_ns", kNoon.ns},
                         {"family", "inet6"},
                         {"local_addr", "::ffff:127.0.0.1"},
                         {"local_port", 5000},
                         {"remote_addr", "::ffff:127.0.0.1"},
                         {"remote_port", 5001},
                         {"from", "UNKNOWN"},
                         {"to", "ESTABLISHED"},
                         {"owner_source", "unknown"},
                         {"direction", "unknown"}};
  EXPECT_EQ(line, expected);
}

TEST(JsonTransition, PortsNotYetChosenAreAbsent) {
  Connection c = established_client();
  c.tuple.local.port = 0;
  const json line = of(Transition{&c, kNoon, TcpState::close, TcpState::syn_sent, {}, 0, Evidence::event});
  EXPECT_FALSE(line.contains("local_port"));
  EXPECT_EQ(line["local_addr"], "10.0.0.1");
}

TEST(JsonTransition, ErrorsByNameAndEvidenceOnlyWhereItIsNotAnEvent) {
  const Connection c = syn_timeout();
  const json line =
      of(Transition{&c, kNoon, TcpState::syn_sent, TcpState::close, 127s, ETIMEDOUT, Evidence::confirmed});
  EXPECT_EQ(line["error"], "ETIMEDOUT");
  EXPECT_EQ(line["evidence"], "confirmed");
  EXPECT_EQ(line["after_us"], 127e6);
  EXPECT_FALSE(of(Transition{&c, kNoon, TcpState::syn_sent, TcpState::close, {}, 0, Evidence::event})
                   .contains("evidence"));
}

TEST(JsonTransition, AUidWithoutAProcessIsKept) {
  Connection c = bare();
  c.owner.has_uid = true;
  c.owner.uid = 0;
  const json line =
      of(Transition{&c, kNoon, TcpState::unknown, TcpState::established, {}, 0, Evidence::event});
  EXPECT_EQ(line["uid"], 0);
  EXPECT_FALSE(line.contains("pid"));
}

TEST(JsonTransition, NumbersOfFullWidth) {
  Connection c = established_client();
  c.cookie = UINT64_MAX;
  c.owner.cgroup_id = UINT64_MAX;
  const json line =
      of(Transition{&c, kNoon, TcpState::syn_sent, TcpState::established, 1ns, 0, Evidence::event});
  EXPECT_EQ(line["cookie"].get<std::uint64_t>(), UINT64_MAX);
  EXPECT_EQ(line["cgroup_id"].get<std::uint64_t>(), UINT64_MAX);
  EXPECT_DOUBLE_EQ(line["after_us"].get<double>(), 0.001);
}

TEST(JsonTransition, HostileNamesStayInsideTheirString) {
  const Connection c = hostile_name();
  std::string out;
  JsonLines(clock()).append(
      out, Transition{&c, kNoon, TcpState::syn_sent, TcpState::established, {}, 0, Evidence::event});
  for (const char byte : out.substr(0, out.size() - 1)) EXPECT_GE(static_cast<unsigned char>(byte), 0x20);
  EXPECT_EQ(parse_line(out)["comm"], "\x1b[2J\"a\",\n\ufffd");
}

TEST(JsonTransition, LongAndStrangeNamesNeverBreakTheLine) {
  std::mt19937 random(7);
  Connection c = established_client();
  for (int i = 0; i < 2000; ++i) {
    c.owner.comm.clear();
    const auto length = random() % 200;
    for (unsigned long n = 0; n < length; ++n) c.owner.comm += static_cast<char>(random());
    of(Transition{&c, kNoon, TcpState::syn_sent, TcpState::established, {}, 0, Evidence::event});
    if (HasFailure()) return;
  }
}

TEST(JsonRetransmit, WithARecordAndWithout) {
  const Connection c = established_client();
  const json line = of(Retransmit{&c, c.tuple, kNoon, TcpState::established, false, 3});
  EXPECT_EQ(line["type"], "retransmit");
  EXPECT_EQ(line["cookie"], 4097);
  EXPECT_EQ(line["state"], "ESTABLISHED");
  EXPECT_EQ(line["synack"], false);
  EXPECT_EQ(line["count"], 3);
  EXPECT_EQ(line["comm"], "curl");

  const json stranger = of(Retransmit{nullptr, c.tuple, kNoon, TcpState::syn_recv, true, 0});
  EXPECT_EQ(stranger["synack"], true);
  EXPECT_EQ(stranger["remote_port"], 443);
  EXPECT_EQ(stranger["owner_source"], "unknown");
  EXPECT_FALSE(stranger.contains("cookie"));
  EXPECT_FALSE(stranger.contains("count"));
  EXPECT_FALSE(stranger.contains("pid"));
}

TEST(JsonReset, ReasonAsNumberAndByNameWhereTheNameIsKnown) {
  const Connection c = established_client();
  const auto names = [](std::uint32_t reason) { return std::string(reason == 14 ? "TCP_STATE" : ""); };
  const json sent = of(Reset{&c, c.tuple, kNoon, TcpState::close, true, 14}, names);
  EXPECT_EQ(sent["type"], "reset");
  EXPECT_EQ(sent["sent"], true);
  EXPECT_EQ(sent["reason"], 14);
  EXPECT_EQ(sent["reason_name"], "TCP_STATE");
  EXPECT_FALSE(of(Reset{&c, c.tuple, kNoon, TcpState::close, true, 15}, names).contains("reason_name"));
  EXPECT_FALSE(of(Reset{&c, c.tuple, kNoon, TcpState::close, true, 14}).contains("reason_name"));

  const json received = of(Reset{nullptr, c.tuple, kNoon, TcpState::unknown, false, {}}, names);
  EXPECT_EQ(received["sent"], false);
  EXPECT_FALSE(received.contains("reason"));
  EXPECT_FALSE(received.contains("state"));
  EXPECT_FALSE(received.contains("cookie"));
}

TEST(JsonEnd, TellsTheWholeLife) {
  const Connection c = time_wait_client();
  const json line = of(End{&c});
  EXPECT_EQ(line["type"], "end");
  EXPECT_EQ(line["time"], line["closed"]);
  EXPECT_EQ(line["end_reason"], "normal");
  EXPECT_EQ(line["closed_first"], "local");
  EXPECT_EQ(line["opened"], "2026-11-20T12:00:00.123456000Z");
  EXPECT_DOUBLE_EQ(line["duration_us"].get<double>(), 3403775.567);
  EXPECT_DOUBLE_EQ(line["connect_us"].get<double>(), 1234.567);
  EXPECT_EQ(line["retransmits"], 3);
  EXPECT_EQ(line["syn_retransmits"], 1);
  EXPECT_EQ(line["bytes_sent"], 1234);
  EXPECT_EQ(line["bytes_received"], 45'000'000);
  EXPECT_EQ(line["srtt_us"], 812);
  EXPECT_EQ(line["min_rtt_us"], 640);
  EXPECT_EQ(line["time_wait"], true);
  EXPECT_EQ(line["trail_dropped"], 2);
  EXPECT_FALSE(line.contains("gap"));
  const json& trail = line["trail"];
  ASSERT_EQ(trail.size(), 5U);
  EXPECT_EQ(trail[0],
            (json{{"state", "SYN_SENT"}, {"at", "2026-11-20T12:00:00.123456000Z"}, {"for_us", 1234.567}}));
  EXPECT_EQ(trail[4]["state"], "TIME_WAIT");
  EXPECT_FALSE(trail[4].contains("for_us"));
}

TEST(JsonEnd, AFailedConnectHasNoConnectTime) {
  const Connection c = syn_timeout();
  const json line = of(End{&c});
  EXPECT_EQ(line["end_reason"], "timeout");
  EXPECT_EQ(line["error"], "ETIMEDOUT");
  EXPECT_EQ(line["gap"], true);
  EXPECT_EQ(line["time_wait"], false);
  EXPECT_FALSE(line.contains("connect_us"));
  EXPECT_FALSE(line.contains("bytes_sent"));
  EXPECT_FALSE(line.contains("srtt_us"));
}

TEST(JsonEnd, OnlyTheSideThatOpenedHasAConnectTime) {
  const Connection c = ipv6_server();
  EXPECT_FALSE(of(End{&c}).contains("connect_us"));
}

TEST(JsonEnd, WithoutAStartThereIsNoDuration) {
  Connection c = time_wait_client();
  c.opened = {};
  c.trail.front().entered = {};
  c.stats.emplace();  // statistics of a socket that never measured a round trip
  const json line = of(End{&c});
  for (const char* key : {"opened", "duration_us", "connect_us", "srtt_us", "min_rtt_us"})
    EXPECT_FALSE(line.contains(key)) << key;
  EXPECT_EQ(line["trail"][0], (json{{"state", "SYN_SENT"}}));
}

TEST(JsonLost, CountAndInterval) {
  EXPECT_EQ(of(Lost{17, kNoon, kNoon + 250ms}), (json{{"type", "lost"},
                                                      {"time", "2026-11-20T12:00:00.250000000Z"},
                                                      {"mono_ns", kNoon.ns + 250'000'000},
                                                      {"count", 17},
                                                      {"from", "2026-11-20T12:00:00.000000000Z"},
                                                      {"to", "2026-11-20T12:00:00.250000000Z"}}));
  EXPECT_FALSE(of(Lost{17, {}, kNoon}).contains("from"));
}

TEST(JsonSnapshot, WhatItChanged) {
  const json line = of(SnapshotMerged{kNoon, true, 1200, 12, 3, 1});
  EXPECT_EQ(line["type"], "snapshot");
  EXPECT_EQ(line["time_wait_only"], true);
  EXPECT_EQ(line["rows"], 1200);
  EXPECT_EQ(line["records_opened"], 12);
  EXPECT_EQ(line["records_corrected"], 3);
  EXPECT_EQ(line["records_removed"], 1);
}

TEST(JsonConnection, TheRecordAsItIsNow) {
  const Connection c = ipv6_server();
  const json line = of(c, c.state_since + 90s);
  EXPECT_EQ(line["type"], "connection");
  EXPECT_EQ(line["state"], "CLOSE_WAIT");
  EXPECT_EQ(line["age_us"], 90e6);
  EXPECT_EQ(line["duration_us"], 7290e6 + 90);
  EXPECT_EQ(line["local_addr"], "2001:db8:1111:2222:3333:4444:5555:6666");
  EXPECT_EQ(line["holders"].size(), 3U);
  EXPECT_EQ(line["holders"][1], (json{{"pid", 901}, {"comm", "nginx"}, {"fd", 6}}));
  EXPECT_EQ(line["receive_queue"], 1);
  EXPECT_EQ(line["closed_first"], "remote");
  EXPECT_EQ(line["fin_received"], true);
  EXPECT_EQ(line["ended"], false);
  EXPECT_FALSE(line.contains("end_reason"));
  EXPECT_FALSE(line.contains("closed"));
}

TEST(JsonConnection, TimeWait) {
  const Connection c = time_wait_client();
  const json line = of(c, c.time_wait_entered + 20s);
  EXPECT_EQ(line["time_wait_left_us"], 40e6);
  EXPECT_EQ(line["time_wait_entry_evidence"], "event");
  EXPECT_FALSE(line.contains("time_wait_exit_evidence"));
  EXPECT_FALSE(line.contains("receive_queue"));
  EXPECT_DOUBLE_EQ(line["duration_us"].get<double>(), 3403775.567);  // ended: does not grow with `now`
  EXPECT_EQ(of(c, c.time_wait_expires + 1s)["time_wait_left_us"], 0);
}

TEST(JsonConnection, EverySampleIsValid) {
  for (const Connection& c : all()) EXPECT_EQ(of(c, kNoon + 300s)["id"], c.id);
}

TEST(JsonConnection, MoreHoldersAndStepsThanTheWritersBuffer) {
  Connection c = ipv6_server();
  for (std::uint32_t i = 0; i < 500; ++i) c.holders.push_back({1000 + i, static_cast<int>(i), "worker"});
  for (int i = 0; i < 500; ++i)
    c.trail.push_back({TcpState::established, kNoon + 1ms * i, kNoon + 1ms * i + 1us});
  const json line = of(c, kNoon);
  EXPECT_EQ(line["holders"].size(), 503U);
  EXPECT_EQ(line["trail"].size(), 503U);
}

TEST(Microseconds, ThreeDecimalsOfEveryMagnitude) {
  const auto text = [](std::int64_t ns) {
    std::string out;
    append_microseconds(out, Nanoseconds(ns));
    return out;
  };
  EXPECT_EQ(text(0), "0.000");
  EXPECT_EQ(text(1), "0.001");
  EXPECT_EQ(text(999), "0.999");
  EXPECT_EQ(text(1000), "1.000");
  EXPECT_EQ(text(-1500), "-1.500");
  EXPECT_EQ(text(INT64_MAX), "9223372036854775.807");
  EXPECT_EQ(text(INT64_MIN), "-9223372036854775.808");
}

}  // namespace
}  // namespace conntrail::view
