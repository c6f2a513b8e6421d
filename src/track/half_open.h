// Half-open connections: SYN-ACKs that nobody has answered yet. They have a record from the first sight of
// them, an event of a retransmission or a snapshot's row, and may go without any event.
#pragma once

#include "tracker_state.h"

namespace conntrail::track {

// A record for the request socket whose SYN-ACK was sent again, with the owner of its listener.
Record& open_half_open(Core& core, const SocketEvent& synack);
// The half-open record whose child `event` is the first event of; null when there is none without a cookie.
Record* half_open_of(Core& core, const SocketEvent& event);
// Those that must be over by now: a request sends its SYN-ACK again at least once in TCP_RTO_MAX.
void advance_half_open(Core& core, MonoTime now);

}  // namespace conntrail::track
