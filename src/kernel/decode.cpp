#include "decode.h"

#include <cstring>

#include "conntrail/abi/event.h"

namespace conntrail::kernel {
namespace {

bool is_sane(const ct_event& raw, std::size_t length) {
  if (raw.version != CT_EVENT_VERSION) return false;
  if (raw.kind == 0 || raw.kind >= CT_EVENT_KIND_COUNT) return false;
  const bool has_stats = (raw.flags & CT_FLAG_HAS_STATS) != 0;
  if (length != (has_stats ? sizeof(ct_event_stats) : sizeof(ct_event))) return false;
  const bool inet =
      raw.family == static_cast<__u8>(Family::inet) || raw.family == static_cast<__u8>(Family::inet6);
  return inet || raw.kind == CT_EVENT_FORK;
}

void copy_address(IpAddress& address, Family family, const __u8 (&bytes)[16]) {
  address.family = family;
  std::memcpy(address.bytes.data(), bytes, sizeof(bytes));
}

}  // namespace

SocketStats to_stats(const ct_stats& raw) {
  SocketStats stats;
  stats.bytes_sent = raw.bytes_sent;
  stats.bytes_received = raw.bytes_received;
  stats.bytes_retransmitted = raw.bytes_retransmitted;
  stats.segments_out = raw.segments_out;
  stats.segments_in = raw.segments_in;
  stats.retransmits = raw.retransmits;
  stats.srtt_us = raw.srtt_us;
  // minmax_reset() at the socket's birth leaves all ones: never measured.
  if (raw.min_rtt_us != ~__u32{0}) stats.min_rtt_us = raw.min_rtt_us;
  return stats;
}

namespace {

bool counts_retransmits(const SocketEvent& event) {
  return event.kind == EventKind::retransmit || event.kind == EventKind::synack_retransmit ||
         (event.kind == EventKind::state && event.from == TcpState::syn_recv &&
          event.to == TcpState::established);
}

}  // namespace

bool decode_event(std::span<const std::byte> record, SocketEvent& event) {
  if (record.size() < sizeof(ct_event)) return false;
  ct_event raw;
  std::memcpy(&raw, record.data(), sizeof(raw));
  if (!is_sane(raw, record.size())) return false;

  event = SocketEvent{};
  event.kind = static_cast<EventKind>(raw.kind);
  event.from = tcp_state_from_kernel(raw.from);
  event.to = tcp_state_from_kernel(raw.to);
  event.owned = (raw.flags & CT_FLAG_OWNED) != 0;
  event.sock_done = (raw.flags & CT_FLAG_SOCK_DONE) != 0;
  event.sock_dead = (raw.flags & CT_FLAG_SOCK_DEAD) != 0;
  event.clone_incomplete = (raw.flags & CT_FLAG_CLONE_INCOMPLETE) != 0;
  event.final_close = (raw.flags & CT_FLAG_FINAL) != 0;
  event.steered = (raw.flags & CT_FLAG_STEERED) != 0;
  event.shutdown = static_cast<std::uint8_t>(raw.shutdown & 0x03);  // RCV_SHUTDOWN, SEND_SHUTDOWN
  event.repair = (raw.shutdown & CT_SHUTDOWN_REPAIR) != 0;
  event.exit_signal = raw.exit_signal;
  event.error = raw.sk_err;
  event.soft_error = raw.soft_err;
  event.time = MonoTime{static_cast<std::int64_t>(raw.time_ns)};
  event.cookie = raw.cookie;
  event.sk = raw.sk;
  event.cgroup_id = raw.cgroup_id;
  const auto family = static_cast<Family>(raw.family);
  event.tuple.netns = raw.netns;
  event.tuple.netns_cookie = raw.netns_cookie;
  event.tuple.family = family;
  event.tuple.local.port = raw.local_port;
  event.tuple.remote.port = raw.remote_port;
  copy_address(event.tuple.local.address, family, raw.local_addr);
  copy_address(event.tuple.remote.address, family, raw.remote_addr);
  event.task_pid = raw.tgid;
  event.task_uid = raw.uid;
  event.socket_uid = raw.sock_uid;
  event.reset_reason.reset();
  if (raw.reset_reason != CT_RESET_REASON_UNKNOWN) event.reset_reason = raw.reset_reason;
  std::memcpy(event.task_comm.data(), raw.comm, event.task_comm.size());
  if (event.kind == EventKind::fork) {
    event.child_pid = raw.child_tgid;
  } else if ((raw.flags & CT_FLAG_HAS_TW_COUNT) != 0) {
    event.tw_count = raw.tw_count;
    event.tw_max = raw.tw_max;
  } else if (counts_retransmits(event)) {
    event.total_retransmits = raw.total_retrans;
    event.handshake_us = raw.handshake_us;
  }
  if ((raw.flags & CT_FLAG_HAS_STATS) != 0) {
    ct_stats stats;
    std::memcpy(&stats, record.data() + sizeof(ct_event), sizeof(stats));
    event.stats = to_stats(stats);
  }
  return true;
}

}  // namespace conntrail::kernel
