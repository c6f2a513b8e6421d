// Events: most of a capture, so here every byte and nanosecond counts.
#include "capture/capture_codec.h"

namespace conntrail::store {
namespace {

// The flags of an event; those that are usual come first.
enum EventFlag : std::uint32_t {
  owned = 1U << 0U,
  sock_done = 1U << 1U,
  sock_dead = 1U << 2U,
  final_close = 1U << 3U,
  known_addresses = 1U << 4U,
  known_task = 1U << 5U,
  has_stats = 1U << 6U,
  has_cgroup = 1U << 7U,
  has_socket_uid = 1U << 8U,
  has_shutdown = 1U << 9U,
  has_time_wait = 1U << 10U,
  has_error = 1U << 11U,
  has_reason = 1U << 12U,
  has_sk = 1U << 13U,
  clone_incomplete = 1U << 14U,
  has_child = 1U << 15U,
  // Since capture version 2.
  repair = 1U << 16U,
  has_exit_signal = 1U << 17U,
  has_soft_error = 1U << 18U,
  has_retransmits = 1U << 19U,
  has_handshake = 1U << 20U,
  steered = 1U << 21U,
  has_netns_cookie = 1U << 22U,  // of new addresses; behind all the rest, which older readers take
};

// The tracker compares sockets only where a child leaves its listener (Linux before 6.15).
bool sk_matters(const SocketEvent& event) {
  return event.sk != 0 && (event.clone_incomplete || event.to == TcpState::syn_recv ||
                           (event.kind == EventKind::state && event.from == TcpState::syn_recv));
}

std::uint32_t flags_of(const SocketEvent& event) {
  const auto flag = [](bool set, EventFlag bit) { return set ? bit : std::uint32_t{0}; };
  return flag(event.owned, owned) | flag(event.sock_done, sock_done) | flag(event.sock_dead, sock_dead) |
         flag(event.final_close, final_close) | flag(event.stats.has_value(), has_stats) |
         flag(event.cgroup_id != 0, has_cgroup) | flag(event.socket_uid != 0, has_socket_uid) |
         flag(event.shutdown != 0, has_shutdown) | flag(event.tw_count.has_value(), has_time_wait) |
         flag(event.error != 0, has_error) | flag(event.reset_reason.has_value(), has_reason) |
         flag(sk_matters(event), has_sk) | flag(event.clone_incomplete, clone_incomplete) |
         flag(event.child_pid != 0, has_child) | flag(event.repair, repair) |
         flag(event.exit_signal != 0, has_exit_signal) | flag(event.soft_error != 0, has_soft_error) |
         flag(event.total_retransmits.has_value(), has_retransmits) |
         flag(event.handshake_us != 0, has_handshake) | flag(event.steered, steered);
}

}  // namespace

void encode(ByteWriter& out, CaptureContext& context, const SocketEvent& event, std::uint64_t sk_base) {
  const Task task{event.task_pid, event.task_uid, event.task_comm};
  const AddressPair addresses = AddressPair::of(event.tuple);
  const bool addresses_known = context.addresses.remember(addresses.slot(), addresses);
  std::uint32_t flags = flags_of(event);
  if (addresses_known) flags |= known_addresses;
  if (!addresses_known && addresses.netns_cookie != 0) flags |= has_netns_cookie;
  if (context.tasks.remember(task.slot(), task)) flags |= known_task;

  out.u8(static_cast<std::uint8_t>(event.kind));
  out.varint(flags);
  out.u8(
      static_cast<std::uint8_t>((static_cast<unsigned>(event.from) << 4U) | static_cast<unsigned>(event.to)));
  encode_time(out, context, event.time);
  out.difference(event.cookie, context.cookie);
  context.cookie = event.cookie;
  encode_tuple(out, event.tuple, addresses_known);
  out.u8(task.slot());
  if ((flags & known_task) == 0) encode(out, task);
  if ((flags & has_cgroup) != 0) out.varint(event.cgroup_id);
  if ((flags & has_socket_uid) != 0) out.varint(event.socket_uid);
  if ((flags & has_shutdown) != 0) out.u8(event.shutdown);
  if ((flags & has_error) != 0) out.varint(event.error);
  if (event.reset_reason) out.varint(*event.reset_reason);
  if ((flags & has_child) != 0) out.varint(event.child_pid);
  if ((flags & has_sk) != 0) {
    const std::uint64_t sk = event.sk - sk_base;
    out.difference(sk, context.sk);
    context.sk = sk;
  }
  if (event.tw_count) {
    out.varint(*event.tw_count);
    out.varint(event.tw_max);
  }
  if ((flags & has_exit_signal) != 0) out.u8(event.exit_signal);
  if ((flags & has_soft_error) != 0) out.varint(event.soft_error);
  if (event.total_retransmits) out.varint(*event.total_retransmits);
  if ((flags & has_handshake) != 0) out.varint(event.handshake_us);
  if (event.stats) encode(out, *event.stats);
  if ((flags & has_netns_cookie) != 0) out.varint(addresses.netns_cookie);
}

void decode(ByteReader& in, CaptureContext& context, SocketEvent& event) {
  event.kind = in.as_one_of(in.u8(), EventKind::state, EventKind::fork);
  const auto flags = in.number<std::uint32_t>();
  const auto is = [flags](EventFlag bit) { return (flags & bit) != 0; };
  event.owned = is(owned);
  event.sock_done = is(sock_done);
  event.sock_dead = is(sock_dead);
  event.final_close = is(final_close);
  event.clone_incomplete = is(clone_incomplete);
  event.repair = is(repair);
  event.steered = is(steered);
  const std::uint8_t states = in.u8();
  event.from = in.as_one_of(states >> 4U, TcpState::unknown, TcpState::closing);
  event.to = in.as_one_of(states & 0xfU, TcpState::unknown, TcpState::closing);
  event.time = decode_time(in, context);
  event.cookie = context.cookie = in.difference(context.cookie);
  event.tuple = decode_tuple(in, context, is(known_addresses));
  const std::uint8_t slot = in.u8();
  if (!is(known_task)) context.tasks.remember(slot, decode_task(in));
  const Task& task = context.tasks.at(slot);
  event.task_pid = task.pid;
  event.task_uid = task.uid;
  event.task_comm = task.comm;
  event.cgroup_id = is(has_cgroup) ? in.varint() : 0;
  event.socket_uid = is(has_socket_uid) ? in.number<std::uint32_t>() : 0;
  event.shutdown = is(has_shutdown) ? in.u8() : std::uint8_t{0};
  event.error = is(has_error) ? in.number<std::uint16_t>() : std::uint16_t{0};
  event.reset_reason.reset();
  if (is(has_reason)) event.reset_reason = in.number<std::uint32_t>();
  event.child_pid = is(has_child) ? in.number<std::uint32_t>() : 0;
  event.sk = 0;
  if (is(has_sk)) event.sk = context.sk = in.difference(context.sk);
  event.tw_count.reset();
  event.tw_max = 0;
  if (is(has_time_wait)) {
    event.tw_count = in.number<std::uint32_t>();
    event.tw_max = in.number<std::uint32_t>();
  }
  event.exit_signal = is(has_exit_signal) ? in.u8() : std::uint8_t{0};
  event.soft_error = is(has_soft_error) ? in.number<std::uint16_t>() : std::uint16_t{0};
  event.total_retransmits.reset();
  if (is(has_retransmits)) event.total_retransmits = in.number<std::uint32_t>();
  event.handshake_us = is(has_handshake) ? in.number<std::uint32_t>() : 0;
  event.stats.reset();
  if (is(has_stats)) event.stats = decode_stats(in);
  if (is(has_netns_cookie)) {
    event.tuple.netns_cookie = in.varint();
    context.addresses.at(AddressPair::of(event.tuple).slot()).netns_cookie = event.tuple.netns_cookie;
  }
}

void encode(ByteWriter& out, const SocketStats& stats) {
  out.varint(stats.bytes_sent);
  out.varint(stats.bytes_received);
  out.varint(stats.bytes_retransmitted);
  out.varint(stats.segments_out);
  out.varint(stats.segments_in);
  out.varint(stats.retransmits);
  out.varint(stats.srtt_us);
  out.varint(stats.min_rtt_us ? std::uint64_t{*stats.min_rtt_us} + 1 : 0);
}

SocketStats decode_stats(ByteReader& in) {
  SocketStats stats;
  stats.bytes_sent = in.varint();
  stats.bytes_received = in.varint();
  stats.bytes_retransmitted = in.varint();
  stats.segments_out = in.number<std::uint32_t>();
  stats.segments_in = in.number<std::uint32_t>();
  stats.retransmits = in.number<std::uint32_t>();
  stats.srtt_us = in.number<std::uint32_t>();
  if (const auto more = in.number<std::uint64_t>(std::uint64_t{1} << 32U); more != 0)
    stats.min_rtt_us = static_cast<std::uint32_t>(more - 1);
  return stats;
}

}  // namespace conntrail::store
