// Snapshots: their scope and their rows.
#include <algorithm>
#include <cstdint>

#include "capture/capture_codec.h"

namespace conntrail::store {
namespace {

enum ScopeFlag : std::uint8_t { time_wait_only = 1, has_cookies = 2, emit_changes = 4, has_steered = 8 };

enum RowFlag : std::uint32_t {
  known_addresses = 1U << 0U,
  has_inode = 1U << 1U,
  has_uid = 1U << 2U,
  has_cgroup = 1U << 3U,
  has_stats = 1U << 4U,
  has_retransmit_total = 1U << 5U,
  has_queues = 1U << 6U,
  has_timer = 1U << 7U,  // any of: kind, number, ticks, time left
  has_backlog = 1U << 8U,
  has_counts = 1U << 9U,  // retransmits or probes
  has_shutdown = 1U << 10U,
  has_interface = 1U << 11U,
  is_udp = 1U << 12U,
};

std::uint32_t flags_of(const SocketRow& row) {
  const auto flag = [](bool set, RowFlag bit) { return set ? bit : std::uint32_t{0}; };
  const bool timer = row.timer != TimerKind::off || row.timer_raw != 0 || row.timer_ticks != 0 ||
                     row.timer_left.count() != 0;
  return flag(row.inode != 0, has_inode) | flag(row.uid != 0, has_uid) |
         flag(row.cgroup_id != 0, has_cgroup) | flag(row.stats.has_value(), has_stats) |
         flag(row.total_retransmits.has_value(), has_retransmit_total) |
         flag(row.receive_queue != 0 || row.send_queue != 0, has_queues) | flag(timer, has_timer) |
         flag(row.backlog.has_value(), has_backlog) |
         flag(row.retransmits != 0 || row.probes != 0, has_counts) | flag(row.shutdown != 0, has_shutdown) |
         flag(row.interface != 0, has_interface) | flag(row.protocol == Protocol::udp, is_udp);
}

void encode_numbers(ByteWriter& out, const std::vector<std::uint32_t>& numbers) {
  out.varint(numbers.size());
  for (const std::uint32_t number : numbers) out.varint(number);
}

void decode_numbers(ByteReader& in, std::vector<std::uint32_t>& numbers) {
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.good(); ++i) numbers.push_back(in.number<std::uint32_t>());
}

}  // namespace

void encode_scope(ByteWriter& out, CaptureContext& context, const SnapshotScope& scope) {
  encode_time(out, context, scope.started);
  encode_time(out, context, scope.finished);
  out.u8(static_cast<std::uint8_t>(
      (scope.time_wait_only ? time_wait_only : 0) | (scope.has_cookies ? has_cookies : 0) |
      (scope.emit_changes ? emit_changes : 0) | (scope.steered.empty() ? 0 : has_steered)));
  encode_numbers(out, scope.namespaces);
  if (!scope.steered.empty()) encode_numbers(out, scope.steered);
}

void decode_scope(ByteReader& in, CaptureContext& context, SnapshotScope& scope) {
  scope.started = decode_time(in, context);
  scope.finished = decode_time(in, context);
  const std::uint8_t flags = in.u8();
  scope.time_wait_only = (flags & time_wait_only) != 0;
  scope.has_cookies = (flags & has_cookies) != 0;
  scope.emit_changes = (flags & emit_changes) != 0;
  decode_numbers(in, scope.namespaces);
  if ((flags & has_steered) != 0) decode_numbers(in, scope.steered);
}

void encode_cookies(ByteWriter& out, const SnapshotScope& scope) {
  if (scope.cookies.empty()) return;
  out.varint(scope.cookies.size());
  for (const NamespaceId& id : scope.cookies) {
    out.varint(id.inode);
    out.varint(id.cookie);
  }
}

void decode_cookies(ByteReader& in, SnapshotScope& scope) {
  if (in.left() == 0) return;
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.good(); ++i) {
    const auto inode = in.number<std::uint32_t>();
    scope.cookies.push_back({inode, in.varint()});
  }
}

void take_cookies(const SnapshotScope& scope, std::vector<SocketRow>& rows) {
  if (scope.cookies.empty()) return;
  NamespaceId last;
  for (SocketRow& row : rows) {
    if (row.tuple.netns != last.inode) {
      const auto found = std::ranges::find(scope.cookies, row.tuple.netns, &NamespaceId::inode);
      last = found != scope.cookies.end() ? *found : NamespaceId{row.tuple.netns, 0};
    }
    row.tuple.netns_cookie = last.cookie;
  }
}

void encode(ByteWriter& out, CaptureContext& context, const SocketRow& row) {
  AddressPair addresses = AddressPair::of(row.tuple);
  addresses.netns_cookie = 0;  // the snapshot tells it
  const bool addresses_known = context.addresses.remember(addresses.slot(), addresses);
  std::uint32_t flags = flags_of(row);
  if (addresses_known) flags |= known_addresses;
  out.varint(flags);
  out.u8(
      static_cast<std::uint8_t>((static_cast<unsigned>(row.kind) << 4U) | static_cast<unsigned>(row.state)));
  out.difference(row.cookie, context.cookie);
  context.cookie = row.cookie;
  encode_tuple(out, row.tuple, addresses_known);
  if ((flags & has_inode) != 0) {
    out.difference(row.inode, context.inode);
    context.inode = row.inode;
  }
  if ((flags & has_uid) != 0) out.varint(row.uid);
  if ((flags & has_cgroup) != 0) out.varint(row.cgroup_id);
  if ((flags & has_queues) != 0) {
    out.varint(row.receive_queue);
    out.varint(row.send_queue);
  }
  if ((flags & has_timer) != 0) {
    out.u8(static_cast<std::uint8_t>(row.timer));
    out.u8(row.timer_raw);
    out.varint(row.timer_ticks);
    out.signed_varint(row.timer_left.count());
  }
  if (row.backlog) out.varint(*row.backlog);
  if ((flags & has_counts) != 0) {
    out.varint(row.retransmits);
    out.varint(row.probes);
  }
  if ((flags & has_shutdown) != 0) out.u8(row.shutdown);
  if ((flags & has_interface) != 0) out.varint(row.interface);
  if (row.total_retransmits) out.varint(*row.total_retransmits);
  if (row.stats) encode(out, *row.stats);
}

void decode(ByteReader& in, CaptureContext& context, SocketRow& row) {
  const auto flags = in.number<std::uint32_t>();
  const auto is = [flags](RowFlag bit) { return (flags & bit) != 0; };
  row.protocol = is(is_udp) ? Protocol::udp : Protocol::tcp;
  const std::uint8_t kind_and_state = in.u8();
  row.kind = in.as_one_of(kind_and_state >> 4U, SocketKind::full, SocketKind::request);
  row.state = in.as_one_of(kind_and_state & 0xfU, TcpState::unknown, TcpState::closing);
  row.cookie = context.cookie = in.difference(context.cookie);
  row.tuple = decode_tuple(in, context, is(known_addresses));
  if (is(has_inode)) row.inode = context.inode = in.difference(context.inode);
  if (is(has_uid)) row.uid = in.number<std::uint32_t>();
  if (is(has_cgroup)) row.cgroup_id = in.varint();
  if (is(has_queues)) {
    row.receive_queue = in.number<std::uint32_t>();
    row.send_queue = in.number<std::uint32_t>();
  }
  if (is(has_timer)) {
    row.timer = in.one_of(TimerKind::probe);
    row.timer_raw = in.u8();
    row.timer_ticks = in.varint();
    row.timer_left = Nanoseconds(in.signed_varint());
  }
  if (is(has_backlog)) row.backlog = in.number<std::uint32_t>();
  if (is(has_counts)) {
    row.retransmits = in.number<std::uint32_t>();
    row.probes = in.number<std::uint32_t>();
  }
  if (is(has_shutdown)) row.shutdown = in.u8();
  if (is(has_interface)) row.interface = in.number<std::uint32_t>();
  if (is(has_retransmit_total)) row.total_retransmits = in.number<std::uint32_t>();
  if (is(has_stats)) row.stats = decode_stats(in);
}

}  // namespace conntrail::store
