// What every view derives from a record, in one place so that text, CSV and JSON cannot differ.
#pragma once

#include <cstddef>
#include <optional>

#include "conntrail/base/clock.h"
#include "conntrail/model/connection.h"

namespace conntrail::view {

// Time in the present state; empty when its start was not seen.
[[nodiscard]] std::optional<Nanoseconds> age(const Connection& connection, MonoTime now);

// From the opening to the end, or to `now` while it lives; empty when either is not known.
[[nodiscard]] std::optional<Nanoseconds> duration(const Connection& connection, MonoTime now);

// From SYN_SENT to ESTABLISHED, of connections this side opened.
[[nodiscard]] std::optional<Nanoseconds> connect_time(const Connection& connection);

// Until the kernel's timer takes the time-wait socket away; zero when it is overdue, empty when there is
// none.
[[nodiscard]] std::optional<Nanoseconds> time_wait_left(const Connection& connection, MonoTime now);

// Time in one step of the trail that was left again; empty when either end of it was not seen.
[[nodiscard]] std::optional<Nanoseconds> time_in_step(const TrailStep& step);

// It ended before it was established: the handshake is what failed. With an incomplete trail only if the
// record shows it.
[[nodiscard]] bool ended_in_handshake(const Connection& connection);

// The moment an "end" line stands for.
[[nodiscard]] MonoTime end_time(const Connection& connection);

}  // namespace conntrail::view
