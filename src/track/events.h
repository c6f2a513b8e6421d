// What each kind of kernel event does to the records.
#pragma once

#include "conntrail/model/socket_event.h"
#include "tracker_state.h"

namespace conntrail::track {

void apply_state(Core& core, const SocketEvent& event);
void apply_retransmit(Core& core, const SocketEvent& event);  // also of a SYN-ACK
void apply_reset(Core& core, const SocketEvent& event);
void apply_destroy(Core& core, const SocketEvent& event);

// Statistics that a socket brings with its →CLOSE or its end.
void take_stats(Connection& connection, const SocketEvent& event);

}  // namespace conntrail::track
