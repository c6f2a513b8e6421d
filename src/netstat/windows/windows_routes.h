// netstat --windows -r: the routing tables in the layout of Windows' "route print".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conntrail/base/ip_address.h"
#include "output/console.h"
#include "windows/windows_interfaces.h"

namespace conntrail::netstat::windows {

struct InetRoute {
  IpAddress destination;
  IpAddress mask;
  IpAddress gateway;  // 0.0.0.0: none
  std::string_view interface;
  std::uint32_t metric = 0;
  std::uint32_t flags = 0;
};
// A line of /proc/net/route. Empty: the title, or damaged.
[[nodiscard]] std::optional<InetRoute> parse_inet_route(std::string_view line);

struct Inet6Route {
  IpAddress destination;
  std::uint32_t prefix_length = 0;
  IpAddress gateway;  // ::: none
  std::string_view interface;
  std::uint32_t metric = 0;
  std::uint32_t flags = 0;
};
// A line of /proc/net/ipv6_route.
[[nodiscard]] std::optional<Inet6Route> parse_inet6_route(std::string_view line);

void append_windows_interface(std::string& out, const InterfaceIdentity& interface);
void append_windows_route(std::string& out, const InetRoute& route, const InterfaceList& interfaces);
void append_windows_route6(std::string& out, const Inet6Route& route, const InterfaceList& interfaces);

// The answer is netstat's exit code.
[[nodiscard]] int print_windows_routes(Console& console);

}  // namespace conntrail::netstat::windows
