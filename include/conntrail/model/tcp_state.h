// TcpState: the kernel's TCP states (include/net/tcp_states.h), with netstat's names.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "conntrail/base/clock.h"

namespace conntrail {

// Values are the kernel's own, so a raw state byte can be checked and cast.
enum class TcpState : std::uint8_t {
  unknown = 0,
  established = 1,
  syn_sent = 2,
  syn_recv = 3,  // also the kernel's TCP_NEW_SYN_RECV (12, request sockets): one state to the user
  fin_wait1 = 4,
  fin_wait2 = 5,
  time_wait = 6,
  close = 7,
  close_wait = 8,
  last_ack = 9,
  listen = 10,
  closing = 11,
};

inline constexpr int kTcpStateCount = 12;

// How long the kernel keeps a time-wait socket: TCP_TIMEWAIT_LEN (include/net/tcp.h), which no setting
// changes. Times in the history database are differences from it.
inline constexpr Nanoseconds kTimeWaitLength = std::chrono::seconds(60);

// A raw kernel value; 12 (NEW_SYN_RECV) becomes syn_recv, 13 (BOUND_INACTIVE) close, anything else unknown.
[[nodiscard]] TcpState tcp_state_from_kernel(unsigned value);

// As netstat prints them: "ESTABLISHED", "SYN_SENT", …, "CLOSE"; "UNKNOWN" for unknown.
[[nodiscard]] std::string_view tcp_state_name(TcpState state);

// Any spelling people type, in any case: FIN_WAIT1, FIN-WAIT-1, FIN_WAIT_1, LISTENING, SYN_RCVD,
// SYN-RECEIVED, CLOSED, ESTAB, VERBUNDEN, …
[[nodiscard]] std::optional<TcpState> parse_tcp_state(std::string_view text);

}  // namespace conntrail
