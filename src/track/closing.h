// The full socket's →CLOSE, whatever it means, and its end.
#pragma once

#include "conntrail/model/socket_event.h"
#include "tracker_state.h"

namespace conntrail::track {

// The signal of which the process that closes the connection is dying.
void take_closer(Connection& connection, const SocketEvent& event);

void take_close(Core& core, Record& record, const SocketEvent& event);

}  // namespace conntrail::track
