// IPv4 routes: lines of /proc/net/route and /proc/net/rt_cache into values, and values into netstat's rows.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "conntrail/base/ip_address.h"
#include "names/names.h"
#include "proc/titled_table.h"
#include "routes/route_record.h"

namespace conntrail::netstat {

// Which columns a row has; netstat chooses by how often -e was given.
enum class RouteColumns : std::uint8_t {
  nothing,  // only the title: netstat has no columns for -eee
  metric,   // -e
  mss,
  metric_and_mss,  // -ee
};
[[nodiscard]] RouteColumns route_columns(int extend);

struct Ipv4Route {
  std::string device;
  IpAddress destination;
  IpAddress gateway;
  IpAddress mask;
  std::uint32_t flags = 0;
  std::int32_t references = 0;
  std::int32_t uses = 0;
  std::int32_t metric = 0;
  std::int32_t mtu = 0;
  std::int32_t window = 0;
  std::int32_t irtt = 0;

  // netstat looks for the destination's name among networks, else among hosts.
  [[nodiscard]] bool to_network() const;
};

// What a line amounts to.
enum class RouteLine : std::uint8_t { route, skipped, bogus };

inline constexpr std::size_t kRouteFields = 11;
[[nodiscard]] std::span<const TitledField> route_fields();
// skipped: too short, or the route is not up. bogus: long enough, but an address is none.
[[nodiscard]] RouteLine parse_ipv4_route(std::string_view line, const TitledTable& table, Ipv4Route& route);

[[nodiscard]] std::string_view ipv4_route_header(RouteColumns columns);
void append_ipv4_route(std::string& out, const Ipv4Route& route, RouteColumns columns, bool numeric,
                       Names& names);
void want_ipv4_route_names(const Ipv4Route& route, Names& names);
[[nodiscard]] RouteRecord ipv4_route_record(const Ipv4Route& route);

}  // namespace conntrail::netstat
