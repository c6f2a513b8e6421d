#include "conntrack_checks.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>

#include <vector>

#include "fuzz_names.h"
#include "masquerade/conntrack_line.h"
#include "masquerade/conntrack_message.h"
#include "masquerade/conntrack_tuple.h"
#include "masquerade/masquerade_entry.h"

namespace conntrail::fuzz {

namespace {

using netstat::ConntrackTuple;
using netstat::TrackedConnection;

bool same(const ConntrackTuple& a, const ConntrackTuple& b) {
  return a.source == b.source && a.destination == b.destination && a.source_port == b.source_port &&
         a.destination_port == b.destination_port && a.icmp_type == b.icmp_type &&
         a.icmp_code == b.icmp_code && a.icmp_identifier == b.icmp_identifier;
}

bool same(const TrackedConnection& a, const TrackedConnection& b) {
  return a.protocol == b.protocol && same(a.original, b.original) && same(a.reply, b.reply) &&
         a.expires_seconds == b.expires_seconds && a.shift == b.shift;
}

void check_row(const TrackedConnection& connection, Choices& choices) {
  const auto entry = netstat::masqueraded(connection);
  if (!entry) return;
  require(entry->masquerade_address == connection.reply.destination, "a masquerade from another address");
  FuzzNames names(choices.flag());
  std::string row;
  netstat::append_masquerade_row(row, *entry, {choices.flag(), choices.flag(), choices.flag()}, names);
  require(row.ends_with('\n') && row.find('\n') == row.size() - 1, "not just one line", row);
  require(is_safe_for_terminal(row), "control characters in a row", row);
}

// ---- lines

std::string address_of(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN];
  require(::inet_ntop(static_cast<int>(address.family), address.bytes.data(), text, sizeof text) != nullptr,
          "inet_ntop");
  return text;
}

std::string kernel_tuple(const ConntrackTuple& tuple) {
  std::string text = "src=" + address_of(tuple.source) + " dst=" + address_of(tuple.destination) +
                     " sport=" + std::to_string(tuple.source_port) +
                     " dport=" + std::to_string(tuple.destination_port) + " ";
  if (tuple.icmp_type) text += "type=" + std::to_string(*tuple.icmp_type) + " ";
  text += "code=" + std::to_string(tuple.icmp_code) + " ";
  if (tuple.icmp_identifier) text += "id=" + std::to_string(*tuple.icmp_identifier) + " ";
  return text;
}

std::string kernel_line(const TrackedConnection& connection) {
  std::string line = connection.family() == Family::inet6 ? "ipv6     10 " : "ipv4     2 ";
  line += "name     " + std::to_string(connection.protocol) + " ";
  if (connection.expires_seconds) line += std::to_string(*connection.expires_seconds) + " ";
  return line + kernel_tuple(connection.original) + kernel_tuple(connection.reply) + "mark=0 zone=0 use=2\n";
}

void require_line(const TrackedConnection& connection) {
  const std::string line = kernel_line(connection);
  const auto again = netstat::parse_conntrack_line(line);
  require(again && same(*again, connection), "a connection written as a line", line);
  // Without the end of the second direction's addresses there is none.
  require(!netstat::parse_conntrack_line(line.substr(0, line.rfind(" dst="))), "a cut line", line);
}

// ---- messages

using MessageBytes = std::vector<std::byte>;

void append(MessageBytes& bytes, const void* value, std::size_t length) {
  const auto* first = static_cast<const std::byte*>(value);
  bytes.insert(bytes.end(), first, first + length);
  bytes.resize((bytes.size() + 3) & ~std::size_t{3});
}

void append_attribute(MessageBytes& bytes, int type, const void* value, std::size_t length) {
  const nlattr header{static_cast<std::uint16_t>(sizeof(nlattr) + length), static_cast<std::uint16_t>(type)};
  append(bytes, &header, sizeof header);
  append(bytes, value, length);
}

void append_nested(MessageBytes& bytes, int type, const MessageBytes& inner) {
  append_attribute(bytes, type | NLA_F_NESTED, inner.data(), inner.size());
}

void append_number8(MessageBytes& bytes, int type, std::uint8_t number) {
  append_attribute(bytes, type, &number, 1);
}

void append_number16(MessageBytes& bytes, int type, std::uint32_t number) {
  const std::uint16_t in_order = htons(static_cast<std::uint16_t>(number));
  append_attribute(bytes, type, &in_order, sizeof in_order);
}

void append_number32(MessageBytes& bytes, int type, std::uint64_t number) {
  const std::uint32_t in_order = htonl(static_cast<std::uint32_t>(number));
  append_attribute(bytes, type, &in_order, sizeof in_order);
}

MessageBytes kernel_tuple(const ConntrackTuple& tuple, std::uint8_t number) {
  const bool v6 = tuple.source.family == Family::inet6;
  MessageBytes addresses;
  append_attribute(addresses, v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, tuple.source.bytes.data(), v6 ? 16 : 4);
  append_attribute(addresses, v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, tuple.destination.bytes.data(),
                   v6 ? 16 : 4);
  MessageBytes protocol;
  append_number8(protocol, CTA_PROTO_NUM, number);
  append_number16(protocol, CTA_PROTO_SRC_PORT, tuple.source_port);
  append_number16(protocol, CTA_PROTO_DST_PORT, tuple.destination_port);
  if (tuple.icmp_type) append_number8(protocol, CTA_PROTO_ICMP_TYPE, *tuple.icmp_type);
  append_number8(protocol, CTA_PROTO_ICMP_CODE, tuple.icmp_code);
  if (tuple.icmp_identifier) append_number16(protocol, CTA_PROTO_ICMP_ID, *tuple.icmp_identifier);
  MessageBytes whole;
  append_nested(whole, CTA_TUPLE_IP, addresses);
  append_nested(whole, CTA_TUPLE_PROTO, protocol);
  return whole;
}

MessageBytes kernel_message(const TrackedConnection& connection) {
  MessageBytes message;
  const nfgenmsg header{static_cast<std::uint8_t>(connection.family()), NFNETLINK_V0, 0};
  append(message, &header, sizeof header);
  append_nested(message, CTA_TUPLE_ORIG, kernel_tuple(connection.original, connection.protocol));
  append_nested(message, CTA_TUPLE_REPLY, kernel_tuple(connection.reply, connection.protocol));
  if (connection.expires_seconds) append_number32(message, CTA_TIMEOUT, *connection.expires_seconds);
  if (connection.shift) {
    MessageBytes shift;
    append_number32(shift, CTA_SEQADJ_CORRECTION_POS, connection.shift->from);
    append_number32(shift, CTA_SEQADJ_OFFSET_BEFORE,
                    static_cast<std::uint32_t>(connection.shift->previous_delta.value_or(0)));
    append_number32(shift, CTA_SEQADJ_OFFSET_AFTER, static_cast<std::uint32_t>(connection.shift->delta));
    append_nested(message, CTA_SEQ_ADJ_ORIG, shift);
  }
  return message;
}

}  // namespace

void check_conntrack_line(const std::string& line, Choices& choices) {
  const auto connection = netstat::parse_conntrack_line(line);
  if (!connection) return;
  require_line(*connection);
  check_row(*connection, choices);
}

void check_conntrack_message(std::span<const std::byte> payload, Choices& choices) {
  const auto connection = netstat::decode_conntrack(payload);
  if (!connection) return;
  const auto again = netstat::decode_conntrack(kernel_message(*connection));
  require(again && same(*again, *connection), "a connection written as a message");
  TrackedConnection without_shift = *connection;
  without_shift.shift.reset();
  require_line(without_shift);  // lines do not have it
  check_row(*connection, choices);
}

}  // namespace conntrail::fuzz
