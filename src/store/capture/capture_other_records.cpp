// Holders, losses, the passing of time, totals, samples of the host.
#include "capture/capture_codec.h"

namespace conntrail::store {
namespace {

void encode(ByteWriter& out, const ListenerSample& listener) {
  out.varint(listener.cookie);
  conntrail::store::encode(out, listener.family);
  conntrail::store::encode(out, listener.local.address);
  out.u16(listener.local.port);
  out.varint(listener.accept_queue);
  out.varint(listener.backlog);
  out.varint(listener.half_open);
  out.varint(listener.drops);
  conntrail::store::encode(out, listener.owner);
}

ListenerSample decode_listener(ByteReader& in) {
  ListenerSample listener;
  listener.cookie = in.varint();
  listener.family = decode_family(in);
  listener.local.address = decode_address(in);
  listener.local.port = in.u16();
  listener.accept_queue = in.number<std::uint32_t>();
  listener.backlog = in.number<std::uint32_t>();
  listener.half_open = in.number<std::uint32_t>();
  listener.drops = in.number<std::uint32_t>();
  listener.owner = decode_owner(in);
  return listener;
}

}  // namespace

void encode(ByteWriter& out, CaptureContext& context, const SocketHolder& holder) {
  out.difference(holder.inode, context.inode);
  context.inode = holder.inode;
  out.difference(holder.cookie, context.cookie);
  context.cookie = holder.cookie;
  out.varint(holder.pid);
  out.signed_varint(holder.fd);
  out.varint(holder.uid);
  out.varint(holder.cgroup_id);
  out.text(holder.comm);
}

void decode(ByteReader& in, CaptureContext& context, SocketHolder& holder) {
  holder.inode = context.inode = in.difference(context.inode);
  holder.cookie = context.cookie = in.difference(context.cookie);
  holder.pid = in.number<std::uint32_t>();
  holder.fd = static_cast<std::int32_t>(in.signed_varint());
  holder.uid = in.number<std::uint32_t>();
  holder.cgroup_id = in.varint();
  holder.comm = in.text();
}

void encode(ByteWriter& out, CaptureContext& context, const CapturedLoss& loss) {
  out.varint(loss.count);
  encode_time(out, context, loss.from);
  encode_time(out, context, loss.to);
}

void decode(ByteReader& in, CaptureContext& context, CapturedLoss& loss) {
  loss.count = in.varint();
  loss.from = decode_time(in, context);
  loss.to = decode_time(in, context);
}

void encode(ByteWriter& out, CaptureContext& context, const CapturedTime& time) {
  encode_time(out, context, time.now);
  out.u8(time.finish ? 1 : 0);
}

void decode(ByteReader& in, CaptureContext& context, CapturedTime& time) {
  time.now = decode_time(in, context);
  time.finish = in.u8() != 0;
}

void encode(ByteWriter& out, CaptureContext& context, const CapturedClock& clock) {
  encode_time(out, context, clock.now);
  out.signed_varint(clock.offset_ns);
}

void decode(ByteReader& in, CaptureContext& context, CapturedClock& clock) {
  clock.now = decode_time(in, context);
  clock.offset_ns = in.signed_varint();
}

void encode(ByteWriter& out, const CapturedNamespace& named) {
  out.varint(named.netns);
  out.text(named.name);
}

void decode(ByteReader& in, CapturedNamespace& named) {
  named.netns = in.number<std::uint32_t>();
  named.name = in.text();
}

void encode(ByteWriter& out, const EventTotals& totals) {
  out.varint(totals.tried);
  out.varint(totals.received);
  out.varint(totals.lost);
}

void decode(ByteReader& in, EventTotals& totals) {
  totals.tried = in.varint();
  totals.received = in.varint();
  totals.lost = in.varint();
}

void encode(ByteWriter& out, CaptureContext& context, const HostSample& sample) {
  encode_time(out, context, sample.time);
  out.varint(sample.netns);
  out.varint(sample.values.size());
  for (const NamedValue& value : sample.values) {
    out.text(value.name);
    out.signed_varint(value.value);
  }
  out.varint(sample.listeners.size());
  for (const ListenerSample& listener : sample.listeners) encode(out, listener);
}

void decode(ByteReader& in, CaptureContext& context, HostSample& sample) {
  sample.time = decode_time(in, context);
  sample.netns = in.number<std::uint32_t>();
  // A count is only a claim of the writer: it is believed as far as there are bytes.
  const std::uint64_t values = in.varint();
  for (std::uint64_t i = 0; i < values && in.good(); ++i) {
    std::string name = in.text();
    sample.values.push_back({std::move(name), in.signed_varint()});
  }
  const std::uint64_t listeners = in.varint();
  for (std::uint64_t i = 0; i < listeners && in.good(); ++i) sample.listeners.push_back(decode_listener(in));
}

}  // namespace conntrail::store
