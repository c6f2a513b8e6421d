// SocketEvent: one thing that happened to a socket, as a source (live kernel, capture, test) yields it.
//
// Field for field the kernel's ct_event (conntrail/abi/event.h), as C++ values. Facts about each field are
// there.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "conntrail/base/clock.h"
#include "conntrail/model/endpoint.h"
#include "conntrail/model/tcp_state.h"

namespace conntrail {

enum class EventKind : std::uint8_t {
  state = 1,
  retransmit = 2,
  synack_retransmit = 3,
  reset_sent = 4,
  reset_received = 5,
  destroy = 6,
  fork = 7,
};

// A socket's statistics at its end; bytes are octets of data, without SYN, FIN and retransmissions.
struct SocketStats {
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_retransmitted = 0;
  std::uint32_t segments_out = 0;
  std::uint32_t segments_in = 0;
  std::uint32_t retransmits = 0;
  std::uint32_t srtt_us = 0;
  std::optional<std::uint32_t> min_rtt_us;
  bool operator==(const SocketStats&) const = default;
};

struct SocketEvent {
  EventKind kind = EventKind::state;
  TcpState from = TcpState::unknown;
  TcpState to = TcpState::unknown;  // for kinds other than state: the state now, as `from`
  bool owned = false;               // the running task holds the socket's lock
  bool sock_done = false;           // the peer's FIN has been received
  bool sock_dead = false;           // orphan: no descriptor left
  bool clone_incomplete = false;    // LISTEN→SYN_RECV before Linux 6.15
  bool final_close = false;         // no `destroy` will follow this →CLOSE
  bool steered = false;             // LISTEN→SYN_RECV where a BPF program may have chosen the listener
  std::uint8_t shutdown = 0;        // 1 receive, 2 send
  bool repair = false;              // →CLOSE under TCP_REPAIR: neither FIN nor RST is sent
  std::uint8_t exit_signal = 0;     // the running task, which closes the socket, is dying of this signal
  std::uint16_t error = 0;          // sk_err, an errno
  // SYN_SENT→CLOSE without `error`: errno that an ICMP message or a failing route told the socket
  std::uint16_t soft_error = 0;
  MonoTime time;
  std::uint64_t cookie = 0;
  std::uint64_t sk = 0;  // opaque; only compared
  std::uint64_t cgroup_id = 0;
  FourTuple tuple;
  std::uint32_t task_pid =
      0;  // thread group id of the running task: NOT the owner unless the transition is the task's own
  std::uint32_t task_uid = 0;
  std::uint32_t socket_uid = 0;
  std::optional<std::uint32_t> reset_reason;  // enum sk_rst_reason, where the kernel gives one
  std::uint32_t child_pid = 0;                // fork only
  std::array<char, 16> task_comm{};           // NUL-terminated unless 16 long
  std::optional<std::uint32_t> tw_count;      // time-wait sockets in the namespace after this hand-over
  std::uint32_t tw_max = 0;                   // tcp_max_tw_buckets, with tw_count
  std::optional<SocketStats> stats;           // at →CLOSE and at destroy
  // Retransmit and SYN_RECV→ESTABLISHED: segments the connection has sent again, SYN-ACKs included; of a
  // SYN-ACK's retransmit: SYN-ACKs so far.
  std::optional<std::uint32_t> total_retransmits;
  // Since the first SYN-ACK, µs; 0 = not known. SYN_RECV→ESTABLISHED: the first round trip that was measured.
  std::uint32_t handshake_us = 0;

  [[nodiscard]] std::string_view comm() const {
    std::size_t n = 0;
    while (n < task_comm.size() && task_comm[n] != '\0') ++n;
    return {task_comm.data(), n};
  }
  bool operator==(const SocketEvent&) const = default;
};

}  // namespace conntrail
