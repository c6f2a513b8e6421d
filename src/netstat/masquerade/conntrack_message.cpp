#include "masquerade/conntrack_message.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace conntrail::netstat {

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t align4(std::size_t length) { return (length + 3) & ~std::size_t{3}; }

// `bytes` has room for it.
template <class T>
T copy_of(Bytes bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// Calls `take(type, value)` for each attribute; a torn one ends them.
template <class Take>
void for_each_attribute(Bytes rest, const Take& take) {
  while (rest.size() >= sizeof(nlattr)) {
    const auto header = copy_of<nlattr>(rest);
    if (header.nla_len < sizeof(nlattr) || header.nla_len > rest.size()) return;
    take(header.nla_type & NLA_TYPE_MASK, rest.subspan(sizeof(nlattr), header.nla_len - sizeof(nlattr)));
    rest = rest.subspan(std::min(align4(header.nla_len), rest.size()));
  }
}

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

bool take_address(Bytes value, std::size_t length, AddressBytes& address) {
  if (value.size() != length) return false;
  std::memcpy(address.data(), value.data(), length);
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

void take_addresses(Bytes nested, bool v6, TupleState& state) {
  constexpr std::size_t kLength4 = 4;
  constexpr std::size_t kLength6 = 16;
  for_each_attribute(nested, [&](int type, Bytes value) {
    ConntrackTuple& tuple = state.tuple;
    if (type == (v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC)) {
      state.source = take_address(value, v6 ? kLength6 : kLength4, tuple.source);
    } else if (type == (v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST)) {
      state.destination = take_address(value, v6 ? kLength6 : kLength4, tuple.destination);
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

TupleState tuple_of(Bytes nested, bool v6) {
  TupleState state;
  for_each_attribute(nested, [&](int type, Bytes value) {
    if (type == CTA_TUPLE_IP) take_addresses(value, v6, state);
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

// Errors come as negative errno in front of whatever else there is.
int error_of(Bytes payload) {
  if (payload.size() < sizeof(int)) return EPROTO;
  constexpr int kMaxErrno = 4095;
  const int code = copy_of<int>(payload);
  return code <= 0 && code >= -kMaxErrno ? -code : EPROTO;
}

}  // namespace

std::optional<TrackedConnection> decode_conntrack(Bytes payload) {
  if (payload.size() < sizeof(nfgenmsg)) return std::nullopt;
  const auto header = copy_of<nfgenmsg>(payload);
  if (header.nfgen_family != AF_INET && header.nfgen_family != AF_INET6) return std::nullopt;
  TrackedConnection connection;
  connection.v6 = header.nfgen_family == AF_INET6;
  TupleState original;
  TupleState reply;
  for_each_attribute(payload.subspan(sizeof(nfgenmsg)), [&](int type, Bytes value) {
    switch (type) {
      case CTA_TUPLE_ORIG:
        original = tuple_of(value, connection.v6);
        break;
      case CTA_TUPLE_REPLY:
        reply = tuple_of(value, connection.v6);
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

ConntrackDatagram decode_conntrack_datagram(Bytes datagram, std::uint32_t sequence,
                                            const std::function<void(const TrackedConnection&)>& take) {
  ConntrackDatagram result;
  while (!datagram.empty()) {
    nlmsghdr header{};
    if (datagram.size() >= sizeof header) header = copy_of<nlmsghdr>(datagram);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) {
      ++result.malformed;
      return result;
    }
    const Bytes payload = datagram.subspan(sizeof header, header.nlmsg_len - sizeof header);
    datagram = datagram.subspan(std::min(align4(header.nlmsg_len), datagram.size()));
    if (header.nlmsg_seq != sequence) continue;
    if ((header.nlmsg_flags & NLM_F_DUMP_INTR) != 0) result.interrupted = true;
    if (header.nlmsg_type == NLMSG_ERROR || header.nlmsg_type == NLMSG_DONE) {
      result.done = true;
      if (header.nlmsg_type == NLMSG_ERROR || !payload.empty()) result.error = error_of(payload);
      return result;
    }
    if (header.nlmsg_type != ((NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_NEW)) continue;
    if (const auto connection = decode_conntrack(payload)) {
      take(*connection);
    } else {
      ++result.malformed;
    }
  }
  return result;
}

}  // namespace conntrail::netstat
