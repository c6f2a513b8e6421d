// What a scenario must have looked like, told from what the test itself did, and the comparison with the
// tool's lines.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actor.h"
#include "peer.h"
#include "tool.h"

namespace conntrail::live {

// Who may stand on a line.
struct OwnerRule {
  Party owner;
  bool may_be_unknown = false;  // only accept or close can tell: no name is right, a wrong one is not
  std::optional<Party>
      inherited;  // the listener's process, which may stand there as owner_source "inherited"
};

struct ExpectedStep {
  std::string from;
  std::string to;
  OwnerRule owner;
};

struct ExpectedEnd {
  std::string reason;  // empty: not looked at
  std::string closed_first;
  std::string error = {};  // errno name; empty: none
  bool time_wait = false;
  Party owner = {};
  std::optional<std::uint64_t> bytes_sent = 0;  // empty: not looked at
  std::optional<std::uint64_t> bytes_received = 0;
};

struct ExpectedSocket {
  std::string label;  // for messages
  SocketFacts facts;
  std::string direction;        // "active", "passive"; empty: not looked at
  bool existed_before = false;  // the tool started later: times before are unknown
  std::vector<ExpectedStep> steps;
  std::vector<ExpectedEnd> ends;

  // Goes on from the last state through `states` with `owner` on every line; a first call begins with
  // states[0].
  ExpectedSocket& walk(const OwnerRule& owner, std::initializer_list<const char*> states);
  ExpectedSocket& walk(const Party& owner, std::initializer_list<const char*> states) {
    return walk(OwnerRule{owner, false, {}}, states);
  }
  ExpectedSocket& end(ExpectedEnd what) {
    ends.push_back(std::move(what));
    return *this;
  }
};

[[nodiscard]] ExpectedSocket active(std::string label, const SocketFacts& facts);
[[nodiscard]] ExpectedSocket passive(std::string label, const SocketFacts& facts);
[[nodiscard]] ExpectedSocket listener(std::string label, const SocketFacts& facts, const Party& owner);

// Waits until every expected line has come (bounded), ends the tool with SIGINT and compares all of its
// lines. Lines about any other socket are failures too, so `netns` must be a namespace in which only the
// scenario has sockets. Where the kernel hid transitions from every BPF program (HiddenTransitions), sockets
// that lack as many lines in all are not looked at.
void expect_exactly(Tool& tool, std::uint64_t netns, const std::vector<ExpectedSocket>& sockets,
                    Duration bound = std::chrono::seconds(5));

// The same without ending the tool: what has come so far, lines of other sockets not looked at.
[[nodiscard]] bool all_came(Tool& tool, const std::vector<ExpectedSocket>& sockets, Duration bound);
void compare(const std::vector<Json>& lines, std::uint64_t netns, const std::vector<ExpectedSocket>& sockets,
             std::uint64_t hidden = 0);

}  // namespace conntrail::live
