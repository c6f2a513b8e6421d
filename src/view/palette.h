// Colours of text for people (ANSI SGR), by meaning: what is fine, what waits, what ends, what went wrong.
#pragma once

#include <string>
#include <string_view>

#include "conntrail/model/connection.h"
#include "conntrail/model/tcp_state.h"

namespace conntrail::view {

inline constexpr std::string_view kNoColour = "";
inline constexpr std::string_view kRed = "\x1b[31m";
inline constexpr std::string_view kGreen = "\x1b[32m";
inline constexpr std::string_view kYellow = "\x1b[33m";
inline constexpr std::string_view kBlue = "\x1b[34m";
inline constexpr std::string_view kMagenta = "\x1b[35m";
inline constexpr std::string_view kCyan = "\x1b[36m";
inline constexpr std::string_view kDim = "\x1b[2m";
inline constexpr std::string_view kBold = "\x1b[1m";
inline constexpr std::string_view kReset = "\x1b[0m";

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
      return true;
    case EndReason::aborted:
    case EndReason::normal:
    case EndReason::unknown:
      break;
  }
  return false;
}

inline void append_coloured(std::string& out, std::string_view text, std::string_view colour) {
  out += colour;
  out += text;
  if (!colour.empty()) out += kReset;
}

}  // namespace conntrail::view
