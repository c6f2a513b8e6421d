// IpAddress and IpPrefix: IPv4 and IPv6 addresses as plain values.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "conntrail/base/hash.h"

namespace conntrail {

// A socket's address family, as the kernel's socket says it (AF_INET, AF_INET6), not as the address looks: a
// v4-mapped address on an AF_INET6 socket stays inet6.
enum class Family : std::uint8_t { unspecified = 0, inet = 2, inet6 = 10 };

[[nodiscard]] std::string_view family_name(Family family);  // "inet", "inet6", "unspecified"

struct IpAddress {
  Family family = Family::unspecified;
  std::array<std::uint8_t, 16> bytes{};  // network order; IPv4 uses the first four, the rest stay zero

  [[nodiscard]] static IpAddress v4(std::array<std::uint8_t, 4> octets);
  [[nodiscard]] static IpAddress v6(const std::array<std::uint8_t, 16>& octets);
  // Numeric text only ("10.0.0.1", "fe80::1", "::ffff:1.2.3.4"); no zone, no brackets, no lookup.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_any() const;        // 0.0.0.0 or ::
  [[nodiscard]] bool is_v4_mapped() const;  // ::ffff:a.b.c.d
  // The IPv4 address inside a v4-mapped one; itself otherwise.
  [[nodiscard]] IpAddress unmapped() const;
  // The bytes as two numbers, for hashing and comparing.
  [[nodiscard]] constexpr std::array<std::uint64_t, 2> words() const {
    return std::bit_cast<std::array<std::uint64_t, 2>>(bytes);
  }

  bool operator==(const IpAddress&) const = default;
  auto operator<=>(const IpAddress&) const = default;
};

[[nodiscard]] constexpr std::uint64_t hash_of(const IpAddress& address, std::uint64_t seed = kHashSeed) {
  const auto [first, second] = address.words();
  return combine_hash(seed, first, second ^ static_cast<std::uint64_t>(address.family));
}

// RFC 5952 text, as inet_ntop prints it ("::ffff:127.0.0.1" for a v4-mapped one); "*" when unspecified.
[[nodiscard]] std::string to_string(const IpAddress& address);
// The same, appended to `out` without allocating beyond it.
void append(std::string& out, const IpAddress& address);

struct IpPrefix {
  IpAddress address;        // host bits are kept zero
  std::uint8_t length = 0;  // bits

  // "10.0.0.0/8", "fe80::/10", or an address alone (full length). Host bits in the text are cleared.
  [[nodiscard]] static std::optional<IpPrefix> parse(std::string_view text);
  // A v4 prefix also contains the v4-mapped form of its addresses, as ss does.
  [[nodiscard]] bool contains(const IpAddress& candidate) const;
  bool operator==(const IpPrefix&) const = default;
};

}  // namespace conntrail

template <>
struct std::hash<conntrail::IpAddress> {
  std::size_t operator()(const conntrail::IpAddress& address) const noexcept {
    return conntrail::hash_of(address);
  }
};
