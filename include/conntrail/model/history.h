// What a history shows besides its connections: groups of them, and the stretches of time it lacks.
#pragma once

#include <cstdint>
#include <string>

#include "conntrail/base/clock.h"

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
};

// A stretch of time of which something may be missing (JSON type "gap").
struct Gap {
  std::int64_t from_ns = 0;  // wall time, ns since 1970
  std::int64_t to_ns = 0;
  std::uint64_t count = 0;  // events or records lost, 0 = not known
  std::string cause;  // "events lost", "recorder stopped", "recorder killed", "disk full", "disk too slow"
};

}  // namespace conntrail
