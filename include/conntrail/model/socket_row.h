// SocketRow: one socket as a snapshot found it, whatever the source (sock_diag, BPF iterator, /proc/net).
//
// The three sources give equal rows for equal sockets, except for what a source cannot know: /proc/net has no
// cookie and no listen backlog; the optional fields are empty then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/model/endpoint.h"
#include "conntrail/model/owner.h"
#include "conntrail/model/socket_event.h"
#include "conntrail/model/tcp_state.h"

namespace conntrail {

enum class Protocol : std::uint8_t { tcp = 6, udp = 17 };

// What the kernel keeps for the row (include/net/sock.h, inet_timewait_sock.h, request_sock.h).
enum class SocketKind : std::uint8_t { full, time_wait, request };

// idiag_timer, and the first half of "tr" in /proc/net/tcp: the same numbers.
enum class TimerKind : std::uint8_t { off = 0, retransmit = 1, keepalive = 2, time_wait = 3, probe = 4 };

struct SocketRow {
  Protocol protocol = Protocol::tcp;
  SocketKind kind = SocketKind::full;
  TcpState state = TcpState::unknown;  // for UDP: established or close, as the kernel says it
  TimerKind timer = TimerKind::off;
  std::uint8_t timer_raw = 0;  // the number itself, for values this enum does not know
  std::uint8_t shutdown = 0;
  FourTuple tuple;
  std::uint64_t cookie = 0;  // 0 = not known (/proc/net)
  std::uint64_t inode = 0;   // 0: time-wait, request, orphan and not yet accepted sockets
  std::uint32_t uid = 0;
  std::uint32_t receive_queue = 0;  // octets; for a listener: connections waiting for accept
  std::uint32_t send_queue = 0;     // octets; for a listener: 0 as in /proc/net (the limit is in `backlog`)
  std::optional<std::uint32_t> backlog;
  std::uint32_t retransmits = 0;     // of the segment in flight (icsk_retransmits), as netstat -o prints it
  std::uint32_t probes = 0;          // unanswered zero-window or keepalive probes
  std::uint64_t timer_ticks = 0;     // time left in clock ticks (USER_HZ), as /proc/net prints it
  Nanoseconds timer_left{0};         // the same as a duration, as fine as the source gives it
  std::uint64_t cgroup_id = 0;       // of the socket (cgroup v2), 0 = not known
  std::uint32_t interface = 0;       // bound device index
  std::optional<SocketStats> stats;  // full TCP sockets from sock_diag when asked for
  std::optional<std::uint32_t> total_retransmits;
  // sk_drops: what this socket turned away, for a listener connections (net/ipv4/tcp.h, tcp_listendrop).
  // Only in samples of a host (snapshot/host_sample.h), no table asks for it.
  std::optional<std::uint32_t> drops;

  bool operator==(const SocketRow&) const = default;
};

// One descriptor of one process that refers to a socket, of whatever kind, as /proc/PID/fd shows it.
struct SocketFile {
  std::uint64_t inode = 0;
  std::uint32_t pid = 0;  // in the reader's pid namespace
  std::int32_t fd = -1;
};

// One descriptor of one process that refers to a socket.
struct SocketHolder {
  std::uint64_t inode = 0;
  std::uint64_t cookie = 0;  // 0 = not known (/proc/PID/fd)
  std::uint32_t pid = 0;
  std::int32_t fd = -1;
  std::uint32_t uid = 0;
  std::uint64_t cgroup_id = 0;
  std::string comm;  // kernel's comm

  bool operator==(const SocketHolder&) const = default;
};

}  // namespace conntrail
