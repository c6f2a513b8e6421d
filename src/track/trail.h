// The trail of one record: transitions with times and states without, put into one order whatever the order
// of arrival.
#pragma once

#include <cstddef>
#include <optional>

#include "conntrail/base/clock.h"
#include "conntrail/model/connection.h"

namespace conntrail::track {

struct TrailResult {
  bool duplicate = false;            // the trail had exactly this transition already
  std::optional<Nanoseconds> after;  // time spent in `from`, when its start is known
};

// `from` was left and `to` entered at `time`. Fills in what the trail knew without a time, inserts what is
// missing. Keeps at most `limit` steps, the newest.
TrailResult add_transition(Connection& connection, TcpState from, TcpState to, MonoTime time,
                           std::size_t limit);

// The connection is in `state`, since when is not known. Nothing happens when the trail ends in it.
void add_state(Connection& connection, TcpState state, std::size_t limit);

// The connection passed through `state` (it may have gone on since); nothing happens when the trail has it.
void add_passed_state(Connection& connection, TcpState state, std::size_t limit);

// A state in the middle of the trail was entered at a time that nobody saw, or the first one of a connection
// that opened under our eyes.
[[nodiscard]] bool has_hole(const Connection& connection);

}  // namespace conntrail::track
