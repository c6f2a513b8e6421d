// Which record a snapshot's row belongs to.
#pragma once

#include <cstdint>

#include "conntrail/model/socket_row.h"
#include "tracker_state.h"

namespace conntrail::track {

// By cookie, else (no cookies in the source) by addresses and inode. `snapshot`: number of this one; of
// several equal sockets (SO_REUSEPORT listeners) each record gets one row. May be a record that is gone; null
// when there is none.
[[nodiscard]] Record* find_for_row(Core& core, const SocketRow& row, bool has_cookies,
                                   std::uint32_t snapshot);

}  // namespace conntrail::track
