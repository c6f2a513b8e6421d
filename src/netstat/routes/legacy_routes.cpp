#include "routes/legacy_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "conntrail/base/text.h"
#include "proc/line_scanner.h"
#include "routes/route_flags.h"

namespace conntrail::netstat {

namespace {

bool is_hex_digit(char c) { return parse_number<unsigned>({&c, 1}, 16).has_value(); }

// The word as eight digits; none of the networks 0 and FFFFFFFF is shown.
std::string ipx_network(std::string_view word) {
  std::uint32_t number = 0;
  for (const char c : word) {
    const auto digit = parse_number<std::uint32_t>({&c, 1}, 16);
    if (!digit) break;
    number = number << 4U | *digit;  // the last eight digits count
  }
  return number == 0 || number == ~std::uint32_t{0} ? std::string() : fmt::format("{:08X}", number);
}

// Up to twelve digits from the left; missing ones are zero. A node of zeros is none.
std::string ipx_node(std::string_view word) {
  static constexpr std::size_t kDigits = 12;
  std::string node;
  for (const char c : word) {
    if (node.size() == kDigits || !is_hex_digit(c)) break;
    node += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  node.resize(kDigits, '0');
  return node.find_first_not_of('0') == std::string::npos ? std::string() : node;
}

}  // namespace

// "123456789012345  15      x25tap0": the route for every address has an empty one.
std::optional<X25Route> parse_x25_route(std::string_view line) {
  line = without_newline(line);
  auto words = split_words(line);
  if (line.starts_with(' ')) words.insert(words.begin(), std::string_view());
  if (words.size() < 3) return std::nullopt;
  const auto digits = parse_number<std::int32_t>(words[1]);
  if (!digits || *digits < 0) return std::nullopt;
  return X25Route{printable(words[0].substr(0, static_cast<std::size_t>(*digits))), *digits,
                  printable(words[2])};
}

void append_x25_route(std::string& out, const X25Route& route) {
  const std::string destination = route.digits == 0 ? "*" : fmt::format("{}/{}", route.address, route.digits);
  fmt::format_to(std::back_inserter(out), "{:<18}   {:<5}\n", destination, route.device);
}

// "00000001   00000002     001122334455", "00000007   Directly     Connected"
std::optional<IpxRoute> parse_ipx_route(std::string_view line) {
  const auto words = split_words(without_newline(line));
  if (words.size() < 3) return std::nullopt;
  IpxRoute route;
  route.network = ipx_network(words[0]);
  route.direct = words[1] == "Directly";
  if (!route.direct) {
    route.router_network = ipx_network(words[1]);
    route.router_node = ipx_node(words[2]);
  }
  return route;
}

void append_ipx_route(std::string& out, const IpxRoute& route) {
  fmt::format_to(std::back_inserter(out), "{:<25} {:<25} {:<25}\n", route.network,
                 route.direct ? "Directly" : route.router_network,
                 route.direct ? "Connected" : route.router_node);
}

// "FF00:11     0000:00  5    eth0"
std::optional<AppletalkRoute> parse_appletalk_route(std::string_view line) {
  const auto words = split_words(without_newline(line));
  if (words.size() < 4) return std::nullopt;
  AppletalkRoute route{printable(words[0]), printable(words[1]), 0, printable(words[3])};
  LineScanner scanner(words[2]);
  std::int32_t flags = 0;
  if (scanner.decimal(flags)) route.flags = static_cast<std::uint32_t>(flags);
  return route;
}

void append_appletalk_route(std::string& out, const AppletalkRoute& route) {
  fmt::format_to(std::back_inserter(out), "{:<16}{:<16}{:<16}{}\n", route.target, route.router, route.device,
                 appletalk_route_letters(route.flags));
}

}  // namespace conntrail::netstat
