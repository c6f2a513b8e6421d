// Connections as a trace in Chrome's JSON format, which the Perfetto UI and chrome://tracing open: one track
// per connection, grouped by process, a slice for each state, an instant for each mark (retransmit, reset,
// change of owner).
//
// Format: "Trace Event Format" (Google), events "X" (slice), "i" (instant), "M" (names). Times are
// microseconds since `origin`, because a number of microseconds since 1970 would not hold nanoseconds in a
// double.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>

#include "conntrail/base/clock.h"
#include "conntrail/model/connection.h"

namespace conntrail::view {

class ChromeTrace {
 public:
  // `origin_ns`: wall time, ns since 1970, that becomes 0 on the trace's time axis. Nothing may be older.
  explicit ChromeTrace(std::int64_t origin_ns) : origin_ns_(origin_ns) {}

  // Opens the document.
  void begin(std::string& out) const;
  // The connection's track and slices. `clock` is that of the connection's times; states that are still on
  // end at `now`. A connection of which no moment is known gets a track without slices.
  void append(std::string& out, const Connection& connection, const WallClock& clock, MonoTime now);
  // Closes the document.
  void end(std::string& out) const;

 private:
  void name_process(std::string& out, const Connection& connection);

  std::int64_t origin_ns_;
  std::unordered_set<std::uint64_t> named_;  // processes that have their name in the trace
};

}  // namespace conntrail::view
