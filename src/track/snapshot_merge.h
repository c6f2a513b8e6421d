// Merging a snapshot into the records: attach first, then snapshot, then consume; what is newer wins.
#pragma once

#include <span>

#include "conntrail/model/socket_row.h"
#include "conntrail/track/tracker.h"
#include "tracker_state.h"

namespace conntrail::track {

void merge_snapshot(Core& core, const SnapshotScope& scope, std::span<const SocketRow> rows);

}  // namespace conntrail::track
