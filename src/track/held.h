// What the next event of a socket may still change is told a little later: its record is right at once, the
// line waits for that event, kLongestHold at most.
#pragma once

#include "tracker_state.h"

namespace conntrail::track {

// The kernel brings about an end in several events within microseconds (the RST that answers data after
// close() comes behind the →CLOSE); they are read from the ring a few milliseconds apart at most.
inline constexpr Nanoseconds kLongestHold{50'000'000};

// The connection has ended, and a late event may show that it ended otherwise. `retires`: nothing of it is
// left in the kernel.
void hold_end(Core& core, Record& record, MonoTime time, bool retires);
// A child's LISTEN→SYN_RECV: how long the handshake had been going on is known with its next event.
void hold_birth(Core& core, Record& record, MonoTime time);
// An RST that came in, or data for a socket that nobody can read any more: the kernel treats both alike
// (tcp_reset()), and only an RST of our own right behind it tells which it was.
void hold_reset(Core& core, Record& record, const SocketEvent& event);

// Tells what waits of this record.
void release(Core& core, Record& record);
void release_birth(Core& core, Record& record);
// What has waited long enough.
void advance_held(Core& core, MonoTime now);

}  // namespace conntrail::track
