// Flags of routes: their letters in the columns of -r, and their names in records. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace conntrail::netstat {

// RTF_* of <linux/route.h> and <linux/ipv6_route.h>, as /proc shows them.
namespace route_flag {
inline constexpr std::uint32_t kUp = 0x1;
inline constexpr std::uint32_t kGateway = 0x2;
inline constexpr std::uint32_t kHost = 0x4;
inline constexpr std::uint32_t kReject = 0x200;
inline constexpr std::uint32_t kCache = 0x1000000;
}  // namespace route_flag

// "UG", "UGH", "!H": an IPv4 route. A route that rejects has no other letter in front of "H".
[[nodiscard]] std::string ipv4_route_letters(std::uint32_t flags);
// The same in the cache; `old_layout`: as Linux 2.0 numbered them.
[[nodiscard]] std::string ipv4_cache_letters(std::uint32_t flags, bool old_layout);
[[nodiscard]] std::string ipv6_route_letters(std::uint32_t flags);
[[nodiscard]] std::string appletalk_route_letters(std::uint32_t flags);

// For records: every bit that has a name.
[[nodiscard]] std::vector<std::string_view> route_flag_names(std::uint32_t flags);
[[nodiscard]] std::vector<std::string_view> cache_flag_names(std::uint32_t flags);

}  // namespace conntrail::netstat
