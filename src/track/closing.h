// The full socket's →CLOSE, whatever it means, and its end.
#pragma once

#include "conntrail/model/socket_event.h"
#include "tracker_state.h"

namespace conntrail::track {

void take_close(Core& core, Record& record, const SocketEvent& event);

}  // namespace conntrail::track
