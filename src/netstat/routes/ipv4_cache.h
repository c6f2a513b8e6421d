// The IPv4 routing cache: lines of /proc/net/rt_cache into values, and values into netstat's rows. Linux has
// kept none since 3.6, and its file has but a title. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "conntrail/base/ip_address.h"
#include "names/names.h"
#include "proc/titled_table.h"
#include "routes/ipv4_route.h"
#include "routes/route_record.h"

namespace conntrail::netstat {

// The two layouts that netstat knows, told apart by their titles.
enum class CacheLayout : std::uint8_t { modern, old, other };

struct CacheTitle {
  CacheLayout layout = CacheLayout::other;
  bool expected = true;  // netstat says so where it is not
  int columns_seen = 0;  // netstat's sum of the titles found, for its message
};
[[nodiscard]] CacheTitle judge_cache_title(std::string_view line);

struct Ipv4CacheRoute {
  std::string device;
  IpAddress source;
  IpAddress destination;
  IpAddress gateway;
  IpAddress specific_destination;
  std::uint32_t flags = 0;
  std::int32_t references = 0;
  std::int32_t uses = 0;
  std::int32_t metric = 0;
  std::int32_t mtu = 0;
  std::int32_t window = 0;
  std::int32_t irtt = 0;
  std::int32_t tos = 0;                // modern only
  std::int32_t header_references = 0;  // of the cached hardware header; old: HH
  std::int32_t header_valid = 0;       // old: ARP
};

[[nodiscard]] std::span<const TitledField> cache_fields(CacheLayout layout);
[[nodiscard]] RouteLine parse_ipv4_cache_route(std::string_view line, const TitledTable& table,
                                               CacheLayout layout, Ipv4CacheRoute& route);

[[nodiscard]] std::string_view ipv4_cache_header(CacheLayout layout, RouteColumns columns);
void append_ipv4_cache_route(std::string& out, const Ipv4CacheRoute& route, CacheLayout layout,
                             RouteColumns columns, bool numeric, Names& names);
void want_ipv4_cache_names(const Ipv4CacheRoute& route, Names& names);
[[nodiscard]] RouteRecord ipv4_cache_record(const Ipv4CacheRoute& route, CacheLayout layout);

}  // namespace conntrail::netstat
