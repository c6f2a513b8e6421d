#include "masquerade/conntrack_tuple.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace conntrail::netstat {

namespace {

constexpr std::uint64_t kHundredthsPerSecond = 100;

// The names that conntrack gives them, whatever /etc/protocols says.
constexpr std::array<std::pair<int, std::string_view>, 10> kProtocols{{{IPPROTO_TCP, "tcp"},
                                                                       {IPPROTO_UDP, "udp"},
                                                                       {IPPROTO_ICMP, "icmp"},
                                                                       {IPPROTO_ICMPV6, "icmpv6"},
                                                                       {IPPROTO_GRE, "gre"},
                                                                       {IPPROTO_ESP, "esp"},
                                                                       {IPPROTO_AH, "ah"},
                                                                       {IPPROTO_SCTP, "sctp"},
                                                                       {IPPROTO_DCCP, "dccp"},
                                                                       {IPPROTO_UDPLITE, "udplite"}}};

std::string protocol_name(std::uint8_t protocol) {
  const auto* const known = std::ranges::find(kProtocols, protocol, &decltype(kProtocols)::value_type::first);
  return known == kProtocols.end() ? std::to_string(protocol) : std::string(known->second);
}

std::uint32_t icmp_kind(const ConntrackTuple& tuple) {
  return static_cast<std::uint32_t>(tuple.icmp_type.value_or(0)) + 256U * tuple.icmp_code;
}

}  // namespace

std::optional<MasqueradeEntry> masqueraded(const TrackedConnection& connection) {
  const ConntrackTuple& original = connection.original;
  const ConntrackTuple& reply = connection.reply;
  const bool icmp = original.icmp_type.has_value();
  const std::uint32_t inside = icmp ? original.icmp_identifier.value_or(0) : original.source_port;
  const std::uint32_t outside = icmp ? reply.icmp_identifier.value_or(0) : reply.destination_port;
  if (reply.destination == original.source && inside == outside) return std::nullopt;

  MasqueradeEntry entry;
  entry.protocol = protocol_name(connection.protocol);
  entry.source = original.source;
  entry.destination = original.destination;
  entry.source_port = inside;
  entry.destination_port = icmp ? icmp_kind(original) : original.destination_port;
  entry.masquerade_port = outside;
  entry.masquerade_address = reply.destination;
  if (connection.expires_seconds) entry.expires = *connection.expires_seconds * kHundredthsPerSecond;
  entry.shift = connection.shift;
  return entry;
}

}  // namespace conntrail::netstat
