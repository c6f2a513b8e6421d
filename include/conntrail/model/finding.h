// Finding: what a diagnosis says: how bad, one sentence, the evidence as a table, and what to do about it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "conntrail/base/clock.h"

namespace conntrail {

enum class Severity : std::uint8_t {
  info,      // worth knowing, nothing to do
  warning,   // will or may hurt
  critical,  // hurts now or within the minute: connections fail
};
[[nodiscard]] std::string_view severity_name(Severity severity);

// std::monostate: not known. A moment is shown as wall-clock time.
using FactValue = std::variant<std::monostate, std::int64_t, double, std::string, MonoTime>;

// One number or word of the verdict, for scripts; the key carries its unit ("entries_per_s",
// "exhausted_in_s").
struct Fact {
  std::string key;
  FactValue value;
};

struct EvidenceTable {
  std::vector<std::string> columns;  // snake_case with unit, as JSON keys
  std::vector<std::vector<FactValue>> rows;
};

struct Advice {
  std::string action;   // "reuse connections (keep-alive or a pool) in loadgen"
  std::string command;  // exact sysctl, option or call: "sysctl -w net.ipv4.tcp_tw_reuse=1"; may be empty
  std::string cost;     // what it would cost or risk
};

struct Finding {
  Severity severity = Severity::info;
  std::string topic;    // "time-wait", "connect", "close-wait", "listen", "retransmit", "queues"
  std::string id;       // stable name of this finding: "port-exhaustion"
  std::string summary;  // one sentence, names the culprit
  std::vector<Fact> facts;
  EvidenceTable evidence;
  std::vector<Advice> advice;
  // What limits the finding (lost events, snapshots only) and what it is easily mistaken for; one sentence
  // each.
  std::vector<std::string> notes;
  std::string place;  // the network namespace, for people, where there are several: "rds"
  bool asks = false;  // of an info: there is something to do all the same

  // Shown without being asked for everything.
  [[nodiscard]] bool asks_for_something() const { return asks || severity != Severity::info; }
};

}  // namespace conntrail
