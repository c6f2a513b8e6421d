#include "routes/ipv6_route.h"

#include <fmt/format.h>

#include <iterator>

#include "conntrail/base/text.h"
#include "names/address_text.h"
#include "proc/line_scanner.h"
#include "routes/route_flags.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kPrefixDigits = 2;
constexpr std::size_t kNumberDigits = 8;

// netstat prints the kernel's unsigned numbers with a sign: "no metric" is -1.
std::int32_t shown(std::uint32_t number) { return static_cast<std::int32_t>(number); }

}  // namespace

bool scan_ipv6_address(LineScanner& scanner, IpAddress& address) {
  static constexpr std::size_t kGroupDigits = 4;
  bool good = true;
  address.family = Family::inet6;
  for (std::size_t at = 0; at < address.bytes.size(); at += 2) {
    std::string_view digits;
    if (!scanner.word(digits, kGroupDigits)) return false;
    const auto group = parse_number<std::uint16_t>(digits, 16);
    good = good && group.has_value();
    address.bytes[at] = static_cast<std::uint8_t>(group.value_or(0) >> 8U);
    address.bytes[at + 1] = static_cast<std::uint8_t>(group.value_or(0) & 0xFFU);
  }
  return good;
}

std::optional<Ipv6Route> parse_ipv6_route(std::string_view line) {
  LineScanner scanner(line);
  Ipv6Route route;
  std::string_view device;
  const bool good =
      scan_ipv6_address(scanner, route.destination) && scanner.hex(route.prefix_length, kPrefixDigits) &&
      scan_ipv6_address(scanner, route.source) && scanner.hex(route.source_prefix_length, kPrefixDigits) &&
      scan_ipv6_address(scanner, route.next_hop) && scanner.hex(route.metric, kNumberDigits) &&
      scanner.hex(route.references, kNumberDigits) && scanner.hex(route.uses, kNumberDigits) &&
      scanner.hex(route.flags, kNumberDigits) && scanner.word(device, kLongestDeviceName);
  if (!good) return std::nullopt;
  route.device = device;
  return route;
}

void append_ipv6_route(std::string& out, const Ipv6Route& route, bool numeric, Names& names) {
  AddressScratch scratch;
  std::string destination(host_text(route.destination, numeric, names, scratch));
  destination += '/' + std::to_string(shown(route.prefix_length));
  const std::string_view next_hop = host_text(route.next_hop, numeric, names, scratch);
  fmt::format_to(std::back_inserter(out), "{:<30} {:<26} {:<4} {:<3} {:<1} {:>6} {}\n", destination, next_hop,
                 ipv6_route_letters(route.flags), shown(route.metric), shown(route.references),
                 shown(route.uses), printable(route.device));
}

void want_ipv6_route_names(const Ipv6Route& route, Names& names) {
  names.want_host(route.destination);
  names.want_host(route.next_hop);
}

RouteRecord ipv6_route_record(const Ipv6Route& route, std::string_view table) {
  RouteRecord record;
  record.family = "inet6";
  record.table = table;
  record.destination = numeric_text(route.destination);
  record.prefix_length = route.prefix_length;
  if (route.source_prefix_length != 0) {
    record.source = numeric_text(route.source);
    record.source_prefix_length = route.source_prefix_length;
  }
  if (!route.next_hop.is_any()) record.gateway = numeric_text(route.next_hop);
  record.interface = route.device;
  record.flags = route_flag_names(route.flags);
  record.metric = route.metric;
  record.references = route.references;
  record.uses = route.uses;
  return record;
}

}  // namespace conntrail::netstat
