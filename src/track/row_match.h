// Which record a snapshot's row belongs to.
#pragma once

#include <cstdint>

#include "conntrail/model/socket_event.h"
#include "conntrail/model/socket_row.h"
#include "tracker_state.h"

namespace conntrail::track {

// By cookie, else (no cookies in the source) by addresses and inode. `snapshot`: number of this one; of
// several equal sockets (SO_REUSEPORT listeners) each record gets one row. May be a record that is gone; null
// when there is none.
[[nodiscard]] Record* find_for_row(Core& core, const SocketRow& row, bool has_cookies,
                                   std::uint32_t snapshot);

// The living record that an event belongs to: by cookie, else the one record of these addresses that has no
// cookie yet, because only a table without cookies showed it; it gets the event's. Null when there is none,
// or when several sockets share the addresses (SO_REUSEPORT listeners): which of them it is, nothing tells.
[[nodiscard]] Record* find_for_event(Core& core, const SocketEvent& event);

}  // namespace conntrail::track
