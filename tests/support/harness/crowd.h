// Crowd: actions on thousands of sockets of one actor at once. Each actor keeps its own crowd, in the order
// of opening.
#pragma once

#include <cstdint>

#include "peer.h"

namespace conntrail::live {

// Opens `count` more connections from `from` (any port) to `to`; blocks until the peer's kernel has taken
// them all.
void start_connecting(Peer& actor, const Address& from, const Address& to, int count);
void finish_connecting(Peer& actor);
void accept_crowd(Peer& actor, int listener, int count);
// Those [begin, end) of the crowd, one after the other.
void close_crowd(Peer& actor, int begin, int end);
void read_ends_and_close_crowd(Peer& actor, int begin, int end);
[[nodiscard]] SocketFacts crowd_facts(Peer& actor, int index);

// How a churned connection ends.
enum class ChurnEnd : std::uint8_t {
  fin,  // close by the client, end of file and close by the server: ten state changes, a TIME_WAIT socket is
        // left
  reset,  // linger 0 by the client: nothing is left
};
// Opens and closes `count` connections within one process as fast as it can.
void churn(Peer& actor, int count, ChurnEnd end);

}  // namespace conntrail::live
