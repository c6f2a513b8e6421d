#include "masquerade/conntrack_message.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

#include <cstring>

#include "conntrail/netlink/attributes.h"

namespace conntrail::netstat {

namespace {

using netlink::Bytes;
using netlink::for_each_attribute;

// A number of netfilter's, most significant octet first. Empty when it has another length.
template <class Number>
std::optional<Number> number_of(Bytes value) {
  if (value.size() != sizeof(Number)) return std::nullopt;
  Number number = 0;
  for (const std::byte byte : value)
    number = static_cast<Number>(number << 8U | std::to_integer<Number>(byte));
  return number;
}
template <>
std::optional<std::uint8_t> number_of(Bytes value) {
  if (value.size() != 1) return std::nullopt;
  return std::to_integer<std::uint8_t>(value[0]);
}

bool take_address(Bytes value, Family family, IpAddress& address) {
  constexpr std::size_t kLength4 = 4;
  constexpr std::size_t kLength6 = 16;
  if (value.size() != (family == Family::inet6 ? kLength6 : kLength4)) return false;
  address.family = family;
  std::memcpy(address.bytes.data(), value.data(), value.size());
  return true;
}

struct TupleState {
  ConntrackTuple tuple;
  std::uint8_t protocol = 0;
  bool source = false;
  bool destination = false;
  bool protocol_known = false;

  [[nodiscard]] bool whole() const { return source && destination && protocol_known; }
};

void take_addresses(Bytes nested, Family family, TupleState& state) {
  const bool v6 = family == Family::inet6;
  for_each_attribute(nested, [&](int type, Bytes value) {
    ConntrackTuple& tuple = state.tuple;
    if (type == (v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC)) {
      state.source = take_address(value, family, tuple.source);
    } else if (type == (v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST)) {
      state.destination = take_address(value, family, tuple.destination);
    }
  });
}

void take_protocol(Bytes nested, TupleState& state) {
  for_each_attribute(nested, [&state](int type, Bytes value) {
    ConntrackTuple& tuple = state.tuple;
    switch (type) {
      case CTA_PROTO_NUM:
        state.protocol_known = value.size() == 1;
        state.protocol = number_of<std::uint8_t>(value).value_or(0);
        break;
      case CTA_PROTO_SRC_PORT:
        tuple.source_port = number_of<std::uint16_t>(value).value_or(0);
        break;
      case CTA_PROTO_DST_PORT:
        tuple.destination_port = number_of<std::uint16_t>(value).value_or(0);
        break;
      case CTA_PROTO_ICMP_ID:
      case CTA_PROTO_ICMPV6_ID:
        tuple.icmp_identifier = number_of<std::uint16_t>(value).value_or(0);
        break;
      case CTA_PROTO_ICMP_TYPE:
      case CTA_PROTO_ICMPV6_TYPE:
        tuple.icmp_type = number_of<std::uint8_t>(value);
        break;
      case CTA_PROTO_ICMP_CODE:
      case CTA_PROTO_ICMPV6_CODE:
        tuple.icmp_code = number_of<std::uint8_t>(value).value_or(0);
        break;
      default:
        break;
    }
  });
}

TupleState tuple_of(Bytes nested, Family family) {
  TupleState state;
  for_each_attribute(nested, [&](int type, Bytes value) {
    if (type == CTA_TUPLE_IP) take_addresses(value, family, state);
    if (type == CTA_TUPLE_PROTO) take_protocol(value, state);
  });
  return state;
}

SequenceShift shift_of(Bytes nested) {
  SequenceShift shift;
  shift.previous_delta = 0;
  for_each_attribute(nested, [&shift](int type, Bytes value) {
    const std::uint32_t number = number_of<std::uint32_t>(value).value_or(0);
    if (type == CTA_SEQADJ_CORRECTION_POS) shift.from = number;
    if (type == CTA_SEQADJ_OFFSET_BEFORE) shift.previous_delta = static_cast<std::int32_t>(number);
    if (type == CTA_SEQADJ_OFFSET_AFTER) shift.delta = static_cast<std::int32_t>(number);
  });
  return shift;
}

}  // namespace

std::optional<TrackedConnection> decode_conntrack(Bytes payload) {
  if (payload.size() < sizeof(nfgenmsg)) return std::nullopt;
  const auto header = netlink::copy_prefix<nfgenmsg>(payload);
  if (header.nfgen_family != AF_INET && header.nfgen_family != AF_INET6) return std::nullopt;
  TrackedConnection connection;
  const auto family = static_cast<Family>(header.nfgen_family);
  TupleState original;
  TupleState reply;
  for_each_attribute(netlink::behind(payload, sizeof(nfgenmsg)), [&](int type, Bytes value) {
    switch (type) {
      case CTA_TUPLE_ORIG:
        original = tuple_of(value, family);
        break;
      case CTA_TUPLE_REPLY:
        reply = tuple_of(value, family);
        break;
      case CTA_TIMEOUT:
        if (const auto seconds = number_of<std::uint32_t>(value)) connection.expires_seconds = *seconds;
        break;
      case CTA_SEQ_ADJ_ORIG:
        connection.shift = shift_of(value);
        break;
      default:
        break;
    }
  });
  if (!original.whole() || !reply.whole()) return std::nullopt;
  connection.protocol = original.protocol;
  connection.original = original.tuple;
  connection.reply = reply.tuple;
  return connection;
}

}  // namespace conntrail::netstat
