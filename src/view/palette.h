// What the colours of text mean: what is fine, what waits, what ends, what went wrong.
#pragma once

#include <string_view>

#include "conntrail/base/colour.h"
#include "conntrail/model/connection.h"
#include "conntrail/model/tcp_state.h"

namespace conntrail::view {

[[nodiscard]] constexpr std::string_view state_colour(TcpState state) {
  switch (state) {
    case TcpState::established:
      return kGreen;
    case TcpState::listen:
      return kBlue;
    case TcpState::syn_sent:
    case TcpState::syn_recv:
      return kCyan;
    case TcpState::time_wait:
      return kYellow;
    case TcpState::close_wait:  // the application has not closed yet: what leaks look like
      return kMagenta;
    case TcpState::close:
    case TcpState::unknown:
      return kDim;
    case TcpState::fin_wait1:
    case TcpState::fin_wait2:
    case TcpState::last_ack:
    case TcpState::closing:
      break;
  }
  return kNoColour;
}

// Whether a connection ended in a way that somebody did not want.
[[nodiscard]] constexpr bool is_failure(EndReason reason) {
  switch (reason) {
    case EndReason::refused:
    case EndReason::timeout:
    case EndReason::reset_by_peer:
    case EndReason::reset_by_local:
    case EndReason::unreachable:
    case EndReason::killed:
    case EndReason::no_port:
    case EndReason::rejected:
    case EndReason::gave_up:
      return true;
    case EndReason::aborted:
    case EndReason::fallback:
    case EndReason::repair:
    case EndReason::normal:
    case EndReason::unknown:
      break;
  }
  return false;
}

}  // namespace conntrail::view
