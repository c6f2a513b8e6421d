// The natural life of TIME_WAIT: 60 seconds and the slack of the kernel's timer wheel, with the owner all the
// way, in `trace` and in `list`, and as many of them as the kernel counts at every second.
#include <algorithm>
#include <csignal>

#include <cmath>
#include <set>
#include <sstream>
#include <string_view>

#include "scenario.h"
#include "tables.h"

namespace conntrail::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class TimeWaitExpiry : public Scenario {
 protected:
  // One connection whose `first` side closes first and keeps the time-wait socket.
  Pair close_pair(const Pair& pair, Peer& first, int first_fd, Peer& second, int second_fd) {
    first.close(first_fd);
    second.read_end(second_fd);
    second.close(second_fd);
    return pair;
  }
};

struct Sample {
  std::uint64_t at = 0;
  std::uint64_t kernel = 0;
};

std::set<std::uint64_t> ended_time_wait(const std::vector<Json>& lines) {
  std::set<std::uint64_t> cookies;
  for (const Json& line : lines)
    if (line.value("type", "") == "transition" && line.value("from", "") == "TIME_WAIT")
      cookies.insert(line.value("cookie", std::uint64_t{0}));
  return cookies;
}

// What the trace says so far: hand-overs to time-wait sockets minus their ends.
std::uint64_t traced_time_wait(const std::vector<Json>& lines) {
  std::set<std::uint64_t> living;
  for (const Json& line : lines)
    if (line.value("type", "") == "end" && line.value("time_wait", false))
      living.insert(line.value("cookie", std::uint64_t{0}));
  return living.size() - ended_time_wait(lines).size();
}

TEST_F(TimeWaitExpiry, StaysWithItsOwnerUntilTheKernelsSocketIsGone) {
  trace();
  Tool list({"list", "--json", "--watch", "1s", "--netns", "self"});
  pause_for(patience(milliseconds(1500)));  // both tools are attached before the first connection

  // Two of each flavour: one that the client and one that the server closes first.
  std::vector<ExpectedSocket> sockets;
  std::map<std::uint64_t, Party> time_waits;
  for (const Flavour flavour : {Flavour::v4, Flavour::v6, Flavour::v4_mapped}) {
    const Pair by_client = connect_pair(client, server, loopback(flavour));
    close_pair(by_client, client, by_client.client, server, by_client.server);
    time_waits[by_client.client_facts.cookie] = client.party();
    sockets.push_back(
        active("client first", by_client.client_facts)
            .walk(client.party(),
                  {"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE"})
            .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = client.party()}));
    const Pair by_server = connect_again(client, server, by_client.listener);
    close_pair(by_server, server, by_server.server, client, by_server.client);
    time_waits[by_server.server_facts.cookie] = server.party();
    sockets.push_back(
        passive("server first", by_server.server_facts)
            .walk(server.party(),
                  {"LISTEN", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE"})
            .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = server.party()}));
  }
  EXPECT_EQ(sockstat_time_wait(), time_waits.size());
  // The last FIN may still be on its way: until it comes, that time-wait socket is in FIN_WAIT2.
  const auto all_have_the_fin = [&] {
    const auto states = ss_states();
    return std::all_of(time_waits.begin(), time_waits.end(), [&](const auto& expected) {
      const auto found = states.find(expected.first);
      return found != states.end() && found->second == "TIME_WAIT";
    });
  };
  EXPECT_TRUE(eventually(all_have_the_fin, seconds(5)));

  // Watch the kernel's own sockets go, sampling its count once a second.
  std::map<std::uint64_t, std::uint64_t> last_seen;  // cookie to CLOCK_MONOTONIC ns
  std::vector<Sample> samples;
  const std::uint64_t begin = monotonic_ns();
  std::uint64_t next_sample = begin;
  bool any = true;
  while (any && monotonic_ns() - begin < 90'000'000'000ULL) {
    any = false;
    const std::uint64_t now = monotonic_ns();
    const std::set<std::uint64_t> said_to_be_gone = ended_time_wait(tool->lines());
    for (const auto& [cookie, state] : ss_states()) {
      EXPECT_FALSE(said_to_be_gone.contains(cookie)) << "the kernel still has it";
      if (!time_waits.contains(cookie)) continue;
      any = true;
      last_seen[cookie] = now;
      EXPECT_EQ(state, "TIME_WAIT");
    }
    if (now >= next_sample) {
      next_sample += 1'000'000'000;
      const std::uint64_t before = sockstat_time_wait();
      const std::uint64_t traced = traced_time_wait(tool->lines());
      const std::uint64_t after = sockstat_time_wait();
      samples.push_back({monotonic_ns(), after});
      // The first and the last seconds are those in which the trace may be a second behind.
      if (before == after && after == time_waits.size() && now - begin > 2'000'000'000) {
        EXPECT_EQ(traced, after) << "at second " << (now - begin) / 1'000'000'000;
      }
    }
    pause_for(milliseconds(50));
  }
  EXPECT_FALSE(any) << "the kernel's time-wait sockets should have gone";
  EXPECT_TRUE(all_came(*tool, sockets, seconds(3)))
      << "the end must be confirmed soon after the kernel's socket is gone";
  EXPECT_EQ(list.stop(SIGINT).status, 0) << list.err();
  EXPECT_EQ(tool->stop(SIGINT).status, 0) << tool->err();
  compare(tool->lines(), net.inode(), sockets);

  // The time on the line is near the kernel's: its timer is due at 60 s and goes off up to a few seconds
  // later, as coarse as the timer wheel is for such long times.
  constexpr std::uint64_t kWheel = 4'500'000'000;
  const std::uint64_t late = (slow_machine() ? 16 : 3) * 1'000'000'000ULL;
  for (const Json& line : tool->lines()) {
    const std::uint64_t cookie = line.value("cookie", std::uint64_t{0});
    if (line.value("type", "") != "transition" || line.value("from", "") != "TIME_WAIT") continue;
    ASSERT_TRUE(time_waits.contains(cookie)) << line;
    EXPECT_GE(line["mono_ns"].get<std::uint64_t>() + kWheel, last_seen[cookie]) << line;
    EXPECT_LE(line["mono_ns"].get<std::uint64_t>(), last_seen[cookie] + late) << line;
    // A slow machine may miss the look shortly before the end.
    if (!slow_machine()) {
      EXPECT_EQ(line.value("evidence", ""), "confirmed") << line;
    }
    EXPECT_GE(line["after_us"].get<double>(), 60e6) << line;
    EXPECT_LE(line["after_us"].get<double>(), slow_machine() ? 90e6 : 66e6) << line;
  }

  // Every table printed while the kernel's count stood still holds exactly that many rows, each with its
  // owner.
  std::size_t compared = 0;
  for (const auto& [at, rows] : tables_of(list.lines())) {
    const Sample* earlier = nullptr;
    const Sample* later = nullptr;
    for (const Sample& sample : samples) {
      if (sample.at <= at) earlier = &sample;
      if (sample.at > at && later == nullptr) later = &sample;
    }
    if (earlier == nullptr || later == nullptr || earlier->kernel != later->kernel) continue;
    ++compared;
    std::uint64_t count = 0;
    for (const Json& row : rows) {
      if (!is_time_wait_row(row)) continue;
      ++count;
      const auto owner = time_waits.find(row.value("cookie", std::uint64_t{0}));
      ASSERT_NE(owner, time_waits.end()) << row;
      EXPECT_EQ(row.value("pid", 0U), owner->second.pid) << row;
      EXPECT_EQ(row.value("comm", ""), owner->second.comm) << row;
      EXPECT_LE(row.value("time_wait_left_us", 1e9), 62e6) << row;
    }
    EXPECT_EQ(count, earlier->kernel) << "table at " << at;
  }
  EXPECT_GE(compared, slow_machine() ? 20U : 50U) << "a table a second was expected";
}

// Of those that were over before the start nobody sees more than that they expire: one line tells it for
// people; scripts, and who asks for that state, get each of them.
TEST_F(TimeWaitExpiry, OfOlderOnesIsFoldedIntoOneLineForPeople) {
  const Pair first = connect_pair(client, server, loopback(Flavour::v4));
  close_pair(first, client, first.client, server, first.server);
  constexpr std::size_t kOlder = 20;
  for (std::size_t i = 1; i < kOlder; ++i) {
    const Pair one = connect_again(client, server, first.listener);
    close_pair(one, client, one.client, server, one.server);
  }
  ASSERT_EQ(sockstat_time_wait(), kOlder);
  trace();
  Tool people({"trace", "--netns", "self"});
  Tool asked({"trace", "--netns", "self", "state", "time-wait"});
  Tool only({"trace", "--netns", "self", "--only", "transition"});
  ASSERT_TRUE(eventually([&] { return ended_time_wait(tool->lines()).size() == kOlder; }, seconds(80)));
  const auto count = [](const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  };
  const std::string place = "127.0.0.1:" + std::to_string(first.listener_facts.local.port()) + " expired";
  const auto folded = [&] {  // sockets in the lines that tell of several
    std::size_t sum = 0;
    std::istringstream lines(people.out());
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string time;
      std::size_t sockets = 0;
      if (words >> time >> sockets && line.find(" older TIME_WAIT socket") != std::string::npos)
        sum += sockets;
    }
    return sum;
  };
  EXPECT_TRUE(eventually([&] { return folded() == kOlder; }, seconds(20))) << people.out();
  EXPECT_GE(count(people.out(), place), 1U) << people.out();
  EXPECT_LE(count(people.out(), "older TIME_WAIT"), kOlder / 2) << people.out();
  EXPECT_EQ(count(people.out(), "TIME_WAIT   → CLOSE"), 0U) << people.out();
  for (Tool* each : {&asked, &only}) {
    EXPECT_TRUE(eventually([&] { return count(each->out(), "TIME_WAIT   → CLOSE") == kOlder; }, seconds(20)))
        << each->out();
    EXPECT_EQ(count(each->out(), "older TIME_WAIT"), 0U);
    EXPECT_EQ(each->stop(SIGINT).status, 0);
  }
  EXPECT_EQ(people.stop(SIGINT).status, 0);
}

}  // namespace
}  // namespace conntrail::live
