// /proc/net/if_inet6: the IPv6 addresses of interfaces. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conntrail/base/ip_address.h"

namespace conntrail::netstat {

struct InterfaceAddress6 {
  IpAddress address;
  std::uint32_t prefix_length = 0;
  std::uint32_t scope = 0;
  std::string interface;
};

// Empty: a damaged line.
[[nodiscard]] std::optional<InterfaceAddress6> parse_interface_address6(std::string_view line);

// "<link>", "<global>", "<compat,site>": what is in `scope`; empty where it has nothing of that.
[[nodiscard]] std::string scope_names(std::uint32_t scope);

}  // namespace conntrail::netstat
