// Addresses in the lines and rows of routes. Pure.
#pragma once

#include <string_view>

#include "conntrail/base/ip_address.h"

namespace conntrail::netstat {

inline constexpr std::size_t kRouteAddressWidth = 15;  // netstat cuts names of destinations and gateways here
inline constexpr std::size_t kShortDevice = 6;         // and devices here where many columns follow

// Eight hexadecimal digits: a word of memory printed as a number. What follows them is left alone, as netstat
// does. False: they are not there.
[[nodiscard]] bool parse_route_address(std::string_view text, IpAddress& address);

// At most `length` bytes; a character that would be cut in two goes whole.
[[nodiscard]] std::string_view cut_text(std::string_view text, std::size_t length);

}  // namespace conntrail::netstat
