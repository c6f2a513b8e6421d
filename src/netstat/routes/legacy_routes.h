// Routes of X.25, IPX and AppleTalk: lines of their files into values and netstat's rows. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace conntrail::netstat {

struct X25Route {
  std::string address;  // its significant digits
  std::int32_t digits = 0;
  std::string device;
};
[[nodiscard]] std::optional<X25Route> parse_x25_route(std::string_view line);
void append_x25_route(std::string& out, const X25Route& route);

struct IpxRoute {
  std::string network;  // empty: no network, or every one
  std::string router_network;
  std::string router_node;
  bool direct = false;  // no router between
};
[[nodiscard]] std::optional<IpxRoute> parse_ipx_route(std::string_view line);
void append_ipx_route(std::string& out, const IpxRoute& route);

struct AppletalkRoute {
  std::string target;
  std::string router;
  std::uint32_t flags = 0;
  std::string device;
};
[[nodiscard]] std::optional<AppletalkRoute> parse_appletalk_route(std::string_view line);
void append_appletalk_route(std::string& out, const AppletalkRoute& route);

}  // namespace conntrail::netstat
