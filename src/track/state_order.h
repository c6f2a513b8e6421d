// The order in which one TCP connection can pass through its states. No life goes backwards in it, and no
// life has two states of one rank, so an observation without a time (a snapshot row) still has its place in a
// trail.
#pragma once

#include <cstdint>

#include "conntrail/model/tcp_state.h"

namespace conntrail::track {

[[nodiscard]] constexpr int state_order(TcpState state) {
  switch (state) {
    case TcpState::unknown:
      return 0;
    case TcpState::listen:
      return 1;
    case TcpState::syn_sent:
      return 2;
    case TcpState::syn_recv:
      return 3;
    case TcpState::established:
      return 4;
    case TcpState::fin_wait1:
    case TcpState::close_wait:
      return 5;
    case TcpState::fin_wait2:
    case TcpState::closing:
    case TcpState::last_ack:
      return 6;
    case TcpState::time_wait:
      return 7;
    case TcpState::close:
      return 8;
  }
  return 0;
}

// A set of states, one bit each.
[[nodiscard]] constexpr std::uint16_t state_bit(TcpState state) {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(state));
}

// The first state of a socket's life: what comes before it (CLOSE, the listener's LISTEN) is not part of the
// connection.
[[nodiscard]] constexpr bool is_birth(TcpState from, TcpState to) {
  return (from == TcpState::close && (to == TcpState::syn_sent || to == TcpState::listen)) ||
         (from == TcpState::listen && to == TcpState::syn_recv);
}

}  // namespace conntrail::track
