#include "expectation.h"

#include <gtest/gtest.h>
#include <csignal>

#include <algorithm>
#include <cstdio>
#include <set>
#include <unordered_map>

namespace conntrail::live {
namespace {

std::string text_at(const Json& line, const char* key) {
  const auto at = line.find(key);
  return at != line.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::uint64_t number_at(const Json& line, const char* key) {
  const auto at = line.find(key);
  return at != line.end() && at->is_number_unsigned() ? at->get<std::uint64_t>() : 0;
}

bool is_type(const Json& line, std::string_view type) { return text_at(line, "type") == type; }

const std::set<std::string>& owner_sources() {
  static const std::set<std::string> names{"connect", "listen",    "accept", "close",
                                           "fd",      "inherited", "unknown"};
  return names;
}

void check_owner(const Json& line, const OwnerRule& rule) {
  const std::uint64_t pid = number_at(line, "pid");
  const std::string source = text_at(line, "owner_source");
  EXPECT_TRUE(owner_sources().contains(source)) << line;
  if (pid == 0) {
    EXPECT_TRUE(rule.may_be_unknown) << "owner missing, expected " << rule.owner.comm << "/" << rule.owner.pid
                                     << ": " << line;
    EXPECT_EQ(source, "unknown") << line;
    return;
  }
  if (rule.inherited && pid == rule.inherited->pid && pid != rule.owner.pid) {
    EXPECT_EQ(source, "inherited") << line;
    EXPECT_EQ(text_at(line, "comm"), rule.inherited->comm) << line;
    return;
  }
  EXPECT_EQ(pid, rule.owner.pid) << "wrong owner, expected " << rule.owner.comm << ": " << line;
  EXPECT_EQ(text_at(line, "comm"), rule.owner.comm) << line;
  EXPECT_NE(source, "unknown") << line;
  ASSERT_TRUE(line.contains("uid")) << line;
  EXPECT_EQ(line["uid"], 0) << line;  // live tests run as root
}

void check_addresses(const Json& line, std::uint64_t netns, const SocketFacts& facts, bool port_may_be_open) {
  EXPECT_EQ(number_at(line, "netns"), netns) << line;
  EXPECT_EQ(text_at(line, "family"), facts.local.family() == AF_INET ? "inet" : "inet6") << line;
  EXPECT_EQ(text_at(line, "local_addr"), facts.local.text()) << line;
  const std::uint64_t port = number_at(line, "local_port");
  EXPECT_TRUE(port == facts.local.port() || (port_may_be_open && port == 0)) << line;
  if (facts.remote.length == 0) return;
  EXPECT_EQ(text_at(line, "remote_addr"), facts.remote.text()) << line;
  EXPECT_EQ(number_at(line, "remote_port"), facts.remote.port()) << line;
}

// RFC 3339 with nanoseconds, UTC.
bool is_time(std::string_view text) {
  constexpr std::string_view kPattern = "dddd-dd-ddTdd:dd:dd.dddddddddZ";
  return std::equal(text.begin(), text.end(), kPattern.begin(), kPattern.end(), [](char is, char wanted) {
    return wanted == 'd' ? is >= '0' && is <= '9' : is == wanted;
  });
}

void check_time(const Json& line) {
  EXPECT_TRUE(is_time(text_at(line, "time"))) << line;
  EXPECT_NE(number_at(line, "mono_ns"), 0U) << line;
}

void check_transition(const Json& line, const Json* before, std::uint64_t netns, const ExpectedSocket& socket,
                      const ExpectedStep& step) {
  EXPECT_EQ(text_at(line, "from"), step.from) << line;
  EXPECT_EQ(text_at(line, "to"), step.to) << line;
  check_time(line);
  // The kernel chooses the port only after this transition.
  check_addresses(line, netns, socket.facts, step.from == "CLOSE" && step.to == "SYN_SENT");
  check_owner(line, step.owner);
  if (!socket.direction.empty()) {
    EXPECT_EQ(text_at(line, "direction"), socket.direction) << line;
  }
  if (before == nullptr) return;
  const std::uint64_t entered = number_at(*before, "mono_ns");
  const std::uint64_t left = number_at(line, "mono_ns");
  EXPECT_LE(entered, left) << *before << "\n" << line;
  if (step.from == "CLOSE") return;  // a new connection of the same socket: nothing was in between
  ASSERT_TRUE(line.contains("after_us") && line["after_us"].is_number()) << line;
  EXPECT_NEAR(line["after_us"].get<double>(), static_cast<double>(left - entered) / 1000.0, 1.0) << line;
}

void check_end(const Json& line, std::uint64_t netns, const ExpectedSocket& socket, const ExpectedEnd& end) {
  if (!end.reason.empty()) {
    EXPECT_EQ(text_at(line, "end_reason"), end.reason) << line;
  }
  EXPECT_EQ(text_at(line, "closed_first"), end.closed_first) << line;
  EXPECT_EQ(text_at(line, "error"), end.error) << line;
  EXPECT_EQ(line.value("time_wait", false), end.time_wait) << line;
  EXPECT_FALSE(line.value("gap", false)) << line;
  check_addresses(line, netns, socket.facts, false);
  check_owner(line, OwnerRule{end.owner, false, {}});
  if (!socket.direction.empty()) {
    EXPECT_EQ(text_at(line, "direction"), socket.direction) << line;
  }
  if (end.bytes_sent) {
    EXPECT_EQ(number_at(line, "bytes_sent"), *end.bytes_sent) << line;
  }
  if (end.bytes_received) {
    EXPECT_EQ(number_at(line, "bytes_received"), *end.bytes_received) << line;
  }
  EXPECT_EQ(line.contains("duration_us"), !socket.existed_before) << line;
}

// The trail of the last end must be the walk up to that end, each state once, in order.
void check_trail(const Json& line, const ExpectedSocket& socket) {
  ASSERT_TRUE(line.contains("trail") && line["trail"].is_array()) << line;
  std::vector<std::string> walked;
  walked.reserve(socket.steps.size());
  for (const ExpectedStep& step : socket.steps) walked.push_back(step.to);
  std::vector<std::string> trail;
  for (const Json& step : line["trail"]) trail.push_back(text_at(step, "state"));
  // What comes behind the end (time-wait steps) is not in it, nor is CLOSE, where nothing is any more; what
  // was before the first step seen may be (the state that a snapshot found).
  if (socket.existed_before && !trail.empty() && trail.front() == socket.steps.front().from)
    trail.erase(trail.begin());
  if (!trail.empty() && trail.back() == "CLOSE") trail.pop_back();
  if (!trail.empty() && trail.back() == "TIME_WAIT") trail.pop_back();
  std::erase_if(walked, [](const std::string& state) { return state == "CLOSE" || state == "TIME_WAIT"; });
  EXPECT_EQ(trail, walked) << line;
}

// How many transitions and ends each cookie has had, counting on from where it stopped.
class Tally {
 public:
  void add(const std::vector<Json>& lines) {
    for (; counted_ < lines.size(); ++counted_) {
      auto& [transitions, ends] = counts_[number_at(lines[counted_], "cookie")];
      transitions += is_type(lines[counted_], "transition");
      ends += is_type(lines[counted_], "end");
    }
  }
  // All but `hidden` transitions, and the ends of the sockets that miss none.
  [[nodiscard]] bool has(const std::vector<ExpectedSocket>& sockets, std::uint64_t hidden) {
    return std::all_of(sockets.begin(), sockets.end(), [&](const ExpectedSocket& socket) {
      const auto& [transitions, ends] = counts_[socket.facts.cookie];
      const std::size_t missing = socket.steps.size() - std::min(transitions, socket.steps.size());
      if (missing > hidden) return false;
      hidden -= missing;
      return missing > 0 || ends >= socket.ends.size();
    });
  }

 private:
  std::size_t counted_ = 0;
  std::unordered_map<std::uint64_t, std::pair<std::size_t, std::size_t>> counts_;
};

int failures() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  return test != nullptr ? test->result()->total_part_count() : 0;
}

void compare_lines(const std::vector<const Json*>& lines, std::uint64_t netns, const ExpectedSocket& socket) {
  const ::testing::ScopedTrace label(__FILE__, __LINE__, socket.label);
  std::vector<const Json*> transitions;
  std::vector<const Json*> ends;
  for (const Json* line : lines) {
    if (is_type(*line, "transition")) transitions.push_back(line);
    if (is_type(*line, "end")) ends.push_back(line);
    // A peer's FIN that took longer than an end waits for.
    if (is_type(*line, "correction") && !ends.empty()) ends.back() = line;
  }
  EXPECT_EQ(transitions.size(), socket.steps.size());
  for (std::size_t i = 0; i < std::min(transitions.size(), socket.steps.size()); ++i)
    check_transition(*transitions[i], i == 0 ? nullptr : transitions[i - 1], netns, socket, socket.steps[i]);
  EXPECT_EQ(ends.size(), socket.ends.size());
  for (std::size_t i = 0; i < std::min(ends.size(), socket.ends.size()); ++i)
    check_end(*ends[i], netns, socket, socket.ends[i]);
  if (ends.size() == 1 && socket.ends.size() == 1) check_trail(*ends.front(), socket);
}

}  // namespace

ExpectedSocket& ExpectedSocket::walk(const OwnerRule& owner, std::initializer_list<const char*> states) {
  std::string from = steps.empty() ? std::string() : steps.back().to;
  for (const char* state : states) {
    if (!from.empty()) steps.push_back({from, state, owner});
    from = state;
  }
  return *this;
}

ExpectedSocket active(std::string label, const SocketFacts& facts) {
  return {std::move(label), facts, "active", false, {}, {}};
}

ExpectedSocket passive(std::string label, const SocketFacts& facts) {
  return {std::move(label), facts, "passive", false, {}, {}};
}

ExpectedSocket listener(std::string label, const SocketFacts& facts, const Party& owner) {
  ExpectedSocket socket{std::move(label), facts, "", false, {}, {}};
  return socket.walk(owner, {"CLOSE", "LISTEN"});
}

bool all_came(Tool& tool, const std::vector<ExpectedSocket>& sockets, Duration bound) {
  Tally tally;
  std::size_t looked_at = 0;
  std::uint64_t hidden_before = 0;
  bool all = sockets.empty();
  const auto look = [&] {
    const std::vector<Json>& lines = tool.lines();
    const std::uint64_t hidden = tool.hidden_transitions();
    if (lines.size() != looked_at || hidden != hidden_before) {
      looked_at = lines.size();
      hidden_before = hidden;
      tally.add(lines);
      all = tally.has(sockets, hidden);
    }
    return all;
  };
  return eventually([&] { return look() || !tool.running(); }, bound) && look();
}

void compare(const std::vector<Json>& lines, std::uint64_t netns, const std::vector<ExpectedSocket>& sockets,
             std::uint64_t hidden) {
  std::unordered_map<std::uint64_t, std::vector<const Json*>> by_cookie;
  for (const Json& line : lines) by_cookie[number_at(line, "cookie")].push_back(&line);
  int wrong = 0;
  for (const ExpectedSocket& socket : sockets) {
    const std::vector<const Json*>& own = by_cookie[socket.facts.cookie];
    const auto seen = static_cast<std::size_t>(
        std::count_if(own.begin(), own.end(), [](const Json* line) { return is_type(*line, "transition"); }));
    if (seen < socket.steps.size() && socket.steps.size() - seen <= hidden) {
      hidden -= socket.steps.size() - seen;
      std::printf("%s: this kernel hid some of its transitions from BPF\n", socket.label.c_str());
      continue;
    }
    const int before = failures();
    compare_lines(own, netns, socket);
    if (failures() == before) continue;
    std::string text;
    for (const Json* line : own) text += "  " + line->dump() + "\n";
    ADD_FAILURE() << "all lines of " << socket.label << ":\n" << text;
    if (++wrong == 10) {
      ADD_FAILURE() << "and perhaps more sockets, which are not looked at any more";
      return;
    }
  }
}

void expect_exactly(Tool& tool, std::uint64_t netns, const std::vector<ExpectedSocket>& sockets,
                    Duration bound) {
  EXPECT_TRUE(all_came(tool, sockets, bound)) << "lines are missing";
  const std::uint64_t hidden = tool.hidden_transitions();
  const Finished finished = tool.stop(SIGINT);
  EXPECT_EQ(finished.status, 0) << finished.err;
  const ::testing::ScopedTrace summary(__FILE__, __LINE__, finished.err);
  std::set<std::uint64_t> known;
  for (const ExpectedSocket& socket : sockets) known.insert(socket.facts.cookie);
  compare(tool.lines(), netns, sockets, hidden);
  for (const Json& line : tool.lines()) {
    EXPECT_FALSE(is_type(line, "lost")) << line;
    if (is_type(line, "transition") || is_type(line, "end")) {
      EXPECT_TRUE(known.contains(number_at(line, "cookie")))
          << "a line about a socket that the test never made: " << line;
    }
  }
}

}  // namespace conntrail::live
