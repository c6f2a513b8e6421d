// Connections known from before: whole records.
#include <array>

#include "capture/capture_codec.h"
#include "capture/later_fields.h"

namespace conntrail::store {
namespace {

enum ConnectionFlag : std::uint32_t {
  ended = 1U << 0U,
  gone = 1U << 1U,
  existed_before = 1U << 2U,
  gap = 1U << 3U,
  fin_sent = 1U << 4U,
  fin_received = 1U << 5U,
  reset_sent = 1U << 6U,
  reset_received = 1U << 7U,
  time_wait = 1U << 8U,
  has_reset_reason = 1U << 9U,
  with_stats = 1U << 10U,
};

// The record's flags with their bits, for both directions.
struct BoolField {
  bool Connection::*field;
  ConnectionFlag bit;
};
constexpr std::array kBools{
    BoolField{&Connection::ended, ended},
    BoolField{&Connection::gone, gone},
    BoolField{&Connection::existed_before, existed_before},
    BoolField{&Connection::gap, gap},
    BoolField{&Connection::fin_sent, fin_sent},
    BoolField{&Connection::fin_received, fin_received},
    BoolField{&Connection::reset_sent, reset_sent},
    BoolField{&Connection::reset_received, reset_received},
    BoolField{&Connection::time_wait, time_wait},
};

constexpr std::array kTimes{
    &Connection::opened,
    &Connection::established,
    &Connection::state_since,
    &Connection::closed,
    &Connection::last_event,
    &Connection::time_wait_entered,
    &Connection::time_wait_expires,
};

// The fields of the first format, which are told by name below, are the first of the list; whatever is added
// to it is carried by its kind (later_fields.h).
constexpr std::size_t kFirstFields = 39;
// A member of `tuple`, which stands among the first, came when there were these; it stands behind them.
constexpr std::size_t kFieldsBeforeCookie = 41;
constexpr auto kLaterFields =
    head_of<kFieldsBeforeCookie - kFirstFields>(tail_of<kFirstFields>(kConnectionFields));
constexpr auto kLastFields = tail_of<kFieldsBeforeCookie>(kConnectionFields);
static_assert(std::get<kFirstFields - 1>(kConnectionFields).name == "inode",
              "a new field belongs at the end of kConnectionFields: captures have them in this order");

// Times that are not known, 0, cost one byte this way, not the nine of their distance from a known one.
void encode_known(ByteWriter& out, CaptureContext& context, MonoTime time) {
  out.u8(time.known() ? 1 : 0);
  if (time.known()) encode_time(out, context, time);
}

MonoTime decode_known(ByteReader& in, CaptureContext& context) {
  return in.u8() != 0 ? decode_time(in, context) : MonoTime{};
}

void encode(ByteWriter& out, CaptureContext& context, const TrailStep& step) {
  out.u8(static_cast<std::uint8_t>(step.state));
  encode_known(out, context, step.entered);
  encode_known(out, context, step.left);
}

TrailStep decode_step(ByteReader& in, CaptureContext& context) {
  TrailStep step;
  step.state = in.one_of(TcpState::closing);
  step.entered = decode_known(in, context);
  step.left = decode_known(in, context);
  return step;
}

void encode(ByteWriter& out, CaptureContext& context, const Mark& mark) {
  out.u8(static_cast<std::uint8_t>(mark.kind));
  encode_known(out, context, mark.time);
  out.varint(mark.from_pid);
  out.varint(mark.to_pid);
}

Mark decode_mark(ByteReader& in, CaptureContext& context) {
  Mark mark;
  mark.kind = in.one_of(MarkKind::owner);
  mark.time = decode_known(in, context);
  mark.from_pid = in.number<std::uint32_t>();
  mark.to_pid = in.number<std::uint32_t>();
  return mark;
}

void encode(ByteWriter& out, const Holder& holder) {
  out.varint(holder.pid);
  out.signed_varint(holder.fd);
  out.text(holder.comm);
}

Holder decode_holder(ByteReader& in) {
  Holder holder;
  holder.pid = in.number<std::uint32_t>();
  holder.fd = static_cast<std::int32_t>(in.signed_varint());
  holder.comm = in.text();
  return holder;
}

std::uint32_t flags_of(const Connection& connection) {
  std::uint32_t flags = 0;
  for (const auto& [field, bit] : kBools) {
    if (connection.*field) flags |= bit;
  }
  if (connection.reset_reason) flags |= has_reset_reason;
  if (connection.stats) flags |= with_stats;
  return flags;
}

}  // namespace

void encode(ByteWriter& out, const Owner& owner) {
  out.varint(owner.pid);
  out.u8(static_cast<std::uint8_t>(owner.source));
  out.u8(owner.has_uid ? 1 : 0);
  out.varint(owner.uid);
  out.varint(owner.cgroup_id);
  out.text(owner.comm);
}

Owner decode_owner(ByteReader& in) {
  Owner owner;
  owner.pid = in.number<std::uint32_t>();
  owner.source = in.one_of(OwnerSource::close);
  owner.has_uid = in.u8() != 0;
  owner.uid = in.number<std::uint32_t>();
  owner.cgroup_id = in.varint();
  owner.comm = in.text();
  return owner;
}

void encode(ByteWriter& out, CaptureContext& context, const Connection& connection) {
  const std::uint32_t flags = flags_of(connection);
  out.varint(flags);
  out.varint(connection.id);
  out.varint(connection.cookie);
  conntrail::store::encode(out, AddressPair::of(connection.tuple));
  out.u16(connection.tuple.local.port);
  out.u16(connection.tuple.remote.port);
  out.u8(static_cast<std::uint8_t>(connection.state));
  out.u8(static_cast<std::uint8_t>(connection.direction));
  out.u8(static_cast<std::uint8_t>(connection.end_reason));
  out.u8(static_cast<std::uint8_t>(connection.closed_first));
  out.u8(static_cast<std::uint8_t>(connection.time_wait_entry_evidence));
  out.u8(static_cast<std::uint8_t>(connection.time_wait_exit_evidence));
  out.signed_varint(connection.error);
  conntrail::store::encode(out, connection.owner);
  out.varint(connection.holders.size());
  for (const Holder& holder : connection.holders) encode(out, holder);
  out.varint(connection.trail.size());
  for (const TrailStep& step : connection.trail) encode(out, context, step);
  out.varint(connection.trail_dropped);
  out.varint(connection.marks.size());
  for (const Mark& mark : connection.marks) encode(out, context, mark);
  out.varint(connection.marks_dropped);
  for (const auto& time : kTimes) encode_known(out, context, connection.*time);
  out.varint(connection.retransmits);
  out.varint(connection.syn_retransmits);
  out.varint(connection.receive_queue);
  out.varint(connection.send_queue);
  out.varint(connection.inode);
  if (connection.reset_reason) out.varint(*connection.reset_reason);
  if (connection.stats) conntrail::store::encode(out, *connection.stats);
  encode_later_fields(out, context, connection, kLaterFields);
  out.varint(connection.tuple.netns_cookie);
  encode_later_fields(out, context, connection, kLastFields);
}

void decode(ByteReader& in, CaptureContext& context, Connection& connection) {
  const auto flags = in.number<std::uint32_t>();
  for (const auto& [field, bit] : kBools) connection.*field = (flags & bit) != 0;
  connection.id = in.varint();
  connection.cookie = in.varint();
  const AddressPair addresses = decode_address_pair(in);
  connection.tuple = {addresses.netns, addresses.family, {addresses.local, 0}, {addresses.remote, 0}, 0};
  connection.tuple.local.port = in.u16();
  connection.tuple.remote.port = in.u16();
  connection.state = in.one_of(TcpState::closing);
  connection.direction = in.one_of(Direction::passive);
  connection.end_reason = in.one_of(EndReason::killed);
  connection.closed_first = in.one_of(ClosedFirst::both);
  connection.time_wait_entry_evidence = in.one_of(Evidence::confirmed);
  connection.time_wait_exit_evidence = in.one_of(Evidence::confirmed);
  connection.error = static_cast<int>(in.signed_varint());
  connection.owner = decode_owner(in);
  const std::uint64_t holders = in.varint();
  for (std::uint64_t i = 0; i < holders && in.good(); ++i) connection.holders.push_back(decode_holder(in));
  const std::uint64_t steps = in.varint();
  for (std::uint64_t i = 0; i < steps && in.good(); ++i) connection.trail.push_back(decode_step(in, context));
  connection.trail_dropped = in.number<std::uint32_t>();
  const std::uint64_t marks = in.varint();
  for (std::uint64_t i = 0; i < marks && in.good(); ++i) connection.marks.push_back(decode_mark(in, context));
  connection.marks_dropped = in.number<std::uint32_t>();
  for (const auto& time : kTimes) connection.*time = decode_known(in, context);
  connection.retransmits = in.number<std::uint32_t>();
  connection.syn_retransmits = in.number<std::uint32_t>();
  connection.receive_queue = in.number<std::uint32_t>();
  connection.send_queue = in.number<std::uint32_t>();
  connection.inode = in.varint();
  if ((flags & has_reset_reason) != 0) connection.reset_reason = in.number<std::uint32_t>();
  if ((flags & with_stats) != 0) connection.stats = decode_stats(in);
  decode_later_fields(in, context, connection, kLaterFields);
  if (in.left() != 0) connection.tuple.netns_cookie = in.varint();
  decode_later_fields(in, context, connection, kLastFields);
}

}  // namespace conntrail::store
