// Connections known from before this tracker: see Tracker::restore.
#pragma once

#include "tracker_state.h"

namespace conntrail::track {

void restore_record(Core& core, const Connection& connection);

}  // namespace conntrail::track
