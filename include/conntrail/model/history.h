// What a history shows besides its connections: groups of them, and the stretches of time it lacks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/model/connection.h"

namespace conntrail {

// Connections with one value of what they are counted by.
struct Group {
  std::string value;  // as JSON and tables show it; empty = not known
  std::uint64_t connections = 0;
  std::uint64_t failed = 0;  // ended for a known reason that is not the normal one
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t retransmits = 0;
  Nanoseconds duration_sum{0};  // of those with a known duration
  std::uint64_t durations = 0;  // how many these are
  // By several keys: a value of each, in their order; `value` is empty then.
  std::vector<std::string> values{};
  EndReason worst_reason =
      EndReason::unknown;  // of those that failed, the most frequent one; unknown = not counted
  // Of a service: the program that opened most of them, where that was on this host, and how many others did.
  std::string opened_by{};
  std::uint64_t other_openers = 0;
};

// A stretch of time of which something may be missing (JSON type "gap").
struct Gap {
  std::int64_t from_ns = 0;  // wall time, ns since 1970
  std::int64_t to_ns = 0;
  std::uint64_t count = 0;  // events or records lost, 0 = not known
  std::string cause;  // "events lost", "recorder stopped", "recorder killed", "disk full", "disk too slow"
};

}  // namespace conntrail
