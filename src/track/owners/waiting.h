// Connections that no process holds yet: half-open ones and those that wait for accept(). They belong to
// whoever will accept them, so they are shown as the listener's.
#pragma once

#include "tracker_state.h"

namespace conntrail::track {

// Gives each of them what its listener's owner is now; to be called when the holders of listeners are known.
void name_waiting(Core& core);

}  // namespace conntrail::track
