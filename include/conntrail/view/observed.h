// What a diagnosis rests on, in a line ahead of its findings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "conntrail/base/clock.h"

namespace conntrail::view {

struct Observed {
  MonoTime from;
  MonoTime to;
  WallClock clock = WallClock::with_offset(0);
  bool events = false;  // kernel events, not only snapshots that were compared
  std::size_t connections = 0;
  std::size_t samples = 0;
  std::uint64_t lost_events = 0;
};

// "10.0s observed: 52 342 connections, from kernel events, nothing lost", and an empty line.
void append_observed_text(std::string& out, const Observed& observed);
// {"type":"evidence", …}: docs/records.md.
void append_observed_json(std::string& out, const Observed& observed);

}  // namespace conntrail::view
