// What is left of a closed connection: the kernel's time-wait socket and what it waits for.
#pragma once

#include "conntrail/base/clock.h"
#include "conntrail/model/connection.h"

namespace conntrail::diagnose {

// How much later the timer fires on average: for a minute the timer wheel's steps are some 2 s
// (kernel/time/timer.c, HZ=250).
inline constexpr Nanoseconds kTimerSlack{1'000'000'000};
// FIN_WAIT2 → TIME_WAIT has no event; the record says FIN_WAIT2 until a look at the table shows the change.
inline constexpr Nanoseconds kSettling{1'000'000'000};

enum class Residue : std::uint8_t {
  none,       // still open, or nothing is left
  time_wait,  // TIME_WAIT
  settling,   // FIN_WAIT2 just now: most likely TIME_WAIT already
  waiting,    // FIN_WAIT2: the peer has not closed
};
[[nodiscard]] Residue residue_at(const Connection& connection, MonoTime now);

// When TIME_WAIT began; for a settling one, when its full socket went; unknown for any other.
[[nodiscard]] MonoTime time_wait_began(const Connection& connection, MonoTime now);
// When TIME_WAIT was over, unknown when it is not.
[[nodiscard]] MonoTime time_wait_ended(const Connection& connection);
// It was over before its time: the addresses are in use again.
[[nodiscard]] bool was_reused(const Connection& connection);

// The port is held, by the open connection or by what is left of it.
[[nodiscard]] bool is_open(const Connection& connection);

}  // namespace conntrail::diagnose
