// IPv6 routes: lines of /proc/net/ipv6_route into values, and values into netstat's rows. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conntrail/base/ip_address.h"
#include "names/names.h"
#include "routes/route_record.h"

namespace conntrail::netstat {

struct Ipv6Route {
  IpAddress destination;
  IpAddress source;
  IpAddress next_hop;
  std::uint32_t prefix_length = 0;
  std::uint32_t source_prefix_length = 0;
  std::uint32_t metric = 0;
  std::uint32_t references = 0;
  std::uint32_t uses = 0;
  std::uint32_t flags = 0;
  std::string device;
};

// Empty: a field is missing, or an address is none.
[[nodiscard]] std::optional<Ipv6Route> parse_ipv6_route(std::string_view line);

void append_ipv6_route(std::string& out, const Ipv6Route& route, bool numeric, Names& names);
void want_ipv6_route_names(const Ipv6Route& route, Names& names);
[[nodiscard]] RouteRecord ipv6_route_record(const Ipv6Route& route, std::string_view table);

// Eight groups of up to four hexadecimal digits, in reading order.
class LineScanner;
[[nodiscard]] bool scan_ipv6_address(LineScanner& scanner, IpAddress& address);

}  // namespace conntrail::netstat
