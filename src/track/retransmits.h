// How often a connection has sent again: as events tell it, and as its socket has counted itself.
#pragma once

#include <cstdint>

#include "conntrail/model/connection.h"

namespace conntrail::track {

// It was there before: what it has sent again until now is not known.
void doubt_retransmits(Connection& connection);
// The socket's own count of all of them.
void take_total(Connection& connection, std::uint32_t total);
// The same while there have been none but those of the handshake.
void take_handshake_total(Connection& connection, std::uint32_t total);

}  // namespace conntrail::track
