#include "conntrail/snapshot/diag_message.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "conntrail/netlink/attributes.h"

namespace conntrail::snapshot {

namespace {

using netlink::Bytes;
using netlink::copy_prefix;

Endpoint make_endpoint(Family family, const __be32 (&words)[4], __be16 port) {
  Endpoint endpoint;
  endpoint.address.family = family;
  std::memcpy(endpoint.address.bytes.data(), words, family == Family::inet ? 4 : 16);
  endpoint.port = ntohs(port);
  return endpoint;
}

// The timer's rest in milliseconds to USER_HZ ticks as /proc/net prints them: the kernel rounds both down
// from jiffies (jiffies_delta_to_msecs, jiffies_delta_to_clock_t), so they agree wherever HZ divides 1000.
std::uint64_t ticks_of(std::uint32_t milliseconds) {
  static const auto per_second = static_cast<std::uint64_t>(std::max(::sysconf(_SC_CLK_TCK), 1L));
  return std::uint64_t{milliseconds} * per_second / 1000;
}

// The peer's FIN has been received: tcpi_bytes_received counts it as one octet (tcp_rcv_nxt_update).
bool fin_received(TcpState state) {
  return state == TcpState::close_wait || state == TcpState::last_ack || state == TcpState::closing;
}

void take_tcp_info(Bytes bytes, SocketRow& row) {
  const auto info = copy_prefix<tcp_info>(bytes);
  row.retransmits = info.tcpi_retransmits;
  row.probes = info.tcpi_probes;
  // The counters of a listener are not a connection's: it counts SYN-ACKs that were sent again.
  if (row.state == TcpState::listen) return;
  row.total_retransmits = info.tcpi_total_retrans;
  SocketStats stats;
  // tcpi_bytes_sent counts what was sent again, too.
  stats.bytes_sent = info.tcpi_bytes_sent - std::min(info.tcpi_bytes_sent, info.tcpi_bytes_retrans);
  stats.bytes_received = info.tcpi_bytes_received;
  if (stats.bytes_received > 0 && fin_received(row.state)) --stats.bytes_received;
  stats.bytes_retransmitted = info.tcpi_bytes_retrans;
  stats.segments_out = info.tcpi_segs_out;
  stats.segments_in = info.tcpi_segs_in;
  stats.retransmits = info.tcpi_total_retrans;
  stats.srtt_us = info.tcpi_rtt;
  constexpr std::uint32_t kNeverMeasured = ~0U;
  if (info.tcpi_min_rtt != kNeverMeasured && info.tcpi_min_rtt != 0) stats.min_rtt_us = info.tcpi_min_rtt;
  row.stats = stats;
}

// True when the attributes are those of a full socket: the kernel gives each of them INET_DIAG_SHUTDOWN, and
// never a request or time-wait socket.
bool take_attributes(Bytes attributes, SocketRow& row) {
  bool full = false;
  netlink::for_each_attribute(attributes, [&row, &full](int type, Bytes value) {
    switch (type) {
      case INET_DIAG_SHUTDOWN:
        if (value.empty()) break;
        row.shutdown = std::to_integer<std::uint8_t>(value[0]);
        full = true;
        break;
      case INET_DIAG_CGROUP_ID:
        if (value.size() >= sizeof(std::uint64_t)) row.cgroup_id = copy_prefix<std::uint64_t>(value);
        break;
      case INET_DIAG_SKMEMINFO: {
        constexpr std::size_t kOffset = SK_MEMINFO_DROPS * sizeof(std::uint32_t);
        if (value.size() < kOffset + sizeof(std::uint32_t)) break;  // before Linux 4.11
        row.drops = copy_prefix<std::uint32_t>(value.subspan(kOffset));
        break;
      }
      case INET_DIAG_INFO:
        if (row.protocol == Protocol::tcp && !value.empty()) take_tcp_info(value, row);
        break;
      default:
        break;
    }
  });
  return full;
}

void take_timer(const inet_diag_msg& message, SocketRow& row) {
  row.timer_raw = message.idiag_timer;
  row.timer = message.idiag_timer <= static_cast<std::uint8_t>(TimerKind::probe)
                  ? static_cast<TimerKind>(message.idiag_timer)
                  : TimerKind::off;
  row.timer_left = std::chrono::milliseconds(message.idiag_expires);
  row.timer_ticks = ticks_of(message.idiag_expires);
  const bool probing = row.timer == TimerKind::keepalive || row.timer == TimerKind::probe;
  (probing ? row.probes : row.retransmits) = message.idiag_retrans;
}

}  // namespace

bool decode_diag_row(Bytes payload, Protocol protocol, std::uint32_t netns, SocketRow& row) {
  if (payload.size() < sizeof(inet_diag_msg)) return false;
  const auto message = copy_prefix<inet_diag_msg>(payload);
  if (message.idiag_family != AF_INET && message.idiag_family != AF_INET6) return false;

  row = SocketRow{};
  row.protocol = protocol;
  row.state = tcp_state_from_kernel(message.idiag_state);
  row.tuple.netns = netns;
  row.tuple.family = static_cast<Family>(message.idiag_family);
  row.tuple.local = make_endpoint(row.tuple.family, message.id.idiag_src, message.id.idiag_sport);
  row.tuple.remote = make_endpoint(row.tuple.family, message.id.idiag_dst, message.id.idiag_dport);
  row.interface = message.id.idiag_if;
  row.cookie = std::uint64_t{message.id.idiag_cookie[1]} << 32 | message.id.idiag_cookie[0];
  row.inode = message.idiag_inode;
  row.uid = message.idiag_uid;
  row.receive_queue = message.idiag_rqueue;
  if (protocol == Protocol::tcp && row.state == TcpState::listen) {
    row.backlog = message.idiag_wqueue;
  } else {
    row.send_queue = message.idiag_wqueue;
  }
  take_timer(message, row);
  const bool full = take_attributes(netlink::behind(payload, sizeof(inet_diag_msg)), row);
  if (protocol == Protocol::tcp) {
    if (row.timer == TimerKind::time_wait) {
      row.kind = SocketKind::time_wait;
    } else if (row.state == TcpState::syn_recv && !full) {
      row.kind = SocketKind::request;
    }
  }
  return true;
}

}  // namespace conntrail::snapshot
