// Who has a socket open, from a scan of file tables.
#pragma once

#include <span>

#include "conntrail/model/socket_row.h"
#include "tracker_state.h"

namespace conntrail::track {

void merge_holders(Core& core, std::span<const SocketHolder> holders, bool complete);

}  // namespace conntrail::track
