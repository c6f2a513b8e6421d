#include <array>
#include <cstring>

#include "conntrail/base/text.h"
#include "proc/line_scanner.h"
#include "windows/windows_routes.h"

namespace conntrail::netstat::windows {

namespace {

// The kernel prints the four bytes as one number of the host's byte order.
IpAddress inet_address(std::uint32_t word) {
  std::array<std::uint8_t, 4> octets{};
  std::memcpy(octets.data(), &word, sizeof word);
  return IpAddress::v4(octets);
}

std::optional<IpAddress> inet6_address(LineScanner& scanner) {
  static constexpr std::size_t kDigits = 32;
  std::string_view digits;
  scanner.skip_blanks();
  if (!scanner.hex_digits(digits, kDigits) || digits.size() != kDigits) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = parse_number<std::uint8_t>(digits.substr(2 * i, 2), 16).value_or(0);
  }
  return IpAddress::v6(bytes);
}

}  // namespace

std::optional<InetRoute> parse_inet_route(std::string_view line) {
  LineScanner scanner(line);
  InetRoute route;
  std::uint32_t destination = 0;
  std::uint32_t gateway = 0;
  std::uint32_t mask = 0;
  std::int32_t metric = 0;
  std::int32_t ignored = 0;
  if (!scanner.word(route.interface) || !scanner.hex(destination) || !scanner.hex(gateway) ||
      !scanner.hex(route.flags) || !scanner.decimal(ignored) || !scanner.decimal(ignored) ||
      !scanner.decimal(metric) || !scanner.hex(mask)) {
    return std::nullopt;
  }
  route.destination = inet_address(destination);
  route.gateway = inet_address(gateway);
  route.mask = inet_address(mask);
  route.metric = static_cast<std::uint32_t>(metric);
  return route;
}

std::optional<Inet6Route> parse_inet6_route(std::string_view line) {
  static constexpr std::uint32_t kLongestPrefix = 128;
  LineScanner scanner(line);
  Inet6Route route;
  std::uint32_t ignored = 0;
  const auto destination = inet6_address(scanner);
  if (!destination || !scanner.hex(route.prefix_length) || route.prefix_length > kLongestPrefix ||
      !inet6_address(scanner) || !scanner.hex(ignored)) {
    return std::nullopt;
  }
  const auto gateway = inet6_address(scanner);
  if (!gateway || !scanner.hex(route.metric) || !scanner.hex(ignored) || !scanner.hex(ignored) ||
      !scanner.hex(route.flags) || !scanner.word(route.interface)) {
    return std::nullopt;
  }
  route.destination = *destination;
  route.gateway = *gateway;
  return route;
}

}  // namespace conntrail::netstat::windows
