// How a connect() went, by what the record has of it: the one place that turns end reasons into the words
// the topics count by.
#pragma once

#include <cstdint>

#include "conntrail/base/clock.h"
#include "conntrail/model/connection.h"

namespace conntrail::diagnose {

enum class ConnectVerdict : std::uint8_t {
  established,
  waiting,      // in SYN_SENT
  refused,      // an RST answered the SYN
  reset,        // an RST, later in the handshake
  unreachable,  // an ICMP error
  timed_out,    // the kernel gave up
  gave_up,      // the program did, after patience that an answer would not have needed
  dropped,      // the program lost interest at once
  no_port,      // nothing was sent: no local port was free
};
[[nodiscard]] ConnectVerdict connect_verdict(const Connection& connection);
[[nodiscard]] bool was_established(const Connection& connection);

// connect() failed before any SYN, with EADDRNOTAVAIL: no local port was free. tcp_v4_connect() sets
// SYN_SENT, fails to find a port, and goes back to CLOSE without an error on the socket.
[[nodiscard]] bool failed_for_want_of_port(const Connection& connection);

}  // namespace conntrail::diagnose
