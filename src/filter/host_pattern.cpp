#include "host_pattern.h"

#include <algorithm>
#include <string>

#include "conntrail/base/text.h"

namespace conntrail::filter {
namespace {

constexpr std::string_view kExpectedHost =
    "expected an address, such as 10.0.0.1, 10.0.0.0/8, 10.0.0.1:443, [fe80::1]:443, :443 or \"*\"";
constexpr std::string_view kExpectedPort = "expected a port, such as :443, 443 or https";

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Takes "inet:" or "inet6:" away from the front.
Family take_family(std::string_view& text) {
  for (const Family family : {Family::inet6, Family::inet}) {
    const std::string_view name = family_name(family);
    if (!text.starts_with(name) || text.size() <= name.size() || text[name.size()] != ':') continue;
    text.remove_prefix(name.size() + 1);
    return family;
  }
  return Family::unspecified;
}

// A port without its colon: a number, a service's name, or a wildcard (empty result).
Result<std::optional<std::uint16_t>> port_number(const Cursor& cursor, const Token& value,
                                                 std::string_view text, const Environment& environment) {
  if (text == "*") return std::nullopt;
  if (text.empty()) return cursor.fail(value, "the port is missing", std::string(kExpectedPort));
  if (all_digits(text)) {
    const auto number = parse_number<std::uint16_t>(text);
    if (!number) return cursor.fail(value, quote(text) + " is not a port", "expected a port from 0 to 65535");
    return number;
  }
  if (text.find_first_of(":/[]") != std::string_view::npos)
    return cursor.fail(value, quote(text) + " is not a port", std::string(kExpectedPort));
  if (!environment.service_port)
    return cursor.fail(value, "service names cannot be looked up here", "expected a port number");
  const auto found = environment.service_port(text);
  if (!found)
    return cursor.fail(value, "there is no service named " + quote(text), std::string(kExpectedPort));
  return found;
}

// "193.233.7/24": ss takes an IPv4 network with its last octets left out.
std::optional<IpPrefix> parse_short_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::string address(text.substr(0, slash));
  const auto dots = std::count(address.begin(), address.end(), '.');
  if (dots >= 3 || !all_digits(address.substr(0, 1))) return std::nullopt;
  for (auto missing = 3 - dots; missing > 0; --missing) address += ".0";
  return IpPrefix::parse(address + std::string(text.substr(slash)));
}

Result<std::optional<IpPrefix>> address_part(const Cursor& cursor, const Token& value, std::string_view text,
                                             Family family) {
  if (text.empty() || text == "*" || text == "any" || text == "all" || text == "default") return std::nullopt;
  auto prefix = IpPrefix::parse(text);
  if (!prefix) prefix = parse_short_network(text);
  if (prefix) {
    if (family != Family::unspecified && prefix->address.family != family)
      return cursor.fail(value, quote(text) + " is not of family " + std::string(family_name(family)),
                         std::string(kExpectedHost));
    return prefix;
  }
  std::string problem = quote(text) + " is not an address";
  if (text.find('%') != std::string_view::npos)
    return cursor.fail(value, problem, "expected an address without a zone",
                       "leave out the \"%\" and what follows");
  if (all_digits(text))
    return cursor.fail(value, problem, std::string(kExpectedHost), "a port is written :" + std::string(text));
  if (const std::size_t slash = text.find('/');
      slash != std::string_view::npos && IpAddress::parse(text.substr(0, slash)))
    return cursor.fail(value, problem + ": its prefix length is wrong",
                       "expected a length from 0 to 32 (IPv4) or 128 (IPv6) behind the slash");
  return cursor.fail(value, problem, std::string(kExpectedHost), "host names are not looked up");
}

struct Parts {
  std::string_view address;
  std::optional<std::string_view> port;
};

// The colon that begins the port; an IPv6 address without brackets and without "/LENGTH" has none.
Parts split_host(std::string_view text) {
  const auto at_colon = [&](std::size_t from) -> Parts {
    const std::size_t colon = text.find(':', from);
    if (colon == std::string_view::npos) return {text, std::nullopt};
    return {text.substr(0, colon), text.substr(colon + 1)};
  };
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) return at_colon(slash);
  if (std::count(text.begin(), text.end(), ':') > 1) return {text, std::nullopt};
  return at_colon(0);
}

}  // namespace

Result<Host> parse_host(const Cursor& cursor, const Token& value, const Environment& environment) {
  const std::string plain = unescape(value.raw);
  std::string_view text = plain;
  Host host;
  host.family = take_family(text);

  Parts parts;
  std::string bracketed;  // "[fe80::]/10" put together again as "fe80::/10"
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos)
      return cursor.fail(value, "the \"[\" has no \"]\"", std::string(kExpectedHost));
    const std::string_view behind = text.substr(close + 1);
    const std::size_t colon = behind.find(':');
    bracketed = std::string(text.substr(1, close - 1)) + std::string(behind.substr(0, colon));
    if (!behind.empty() && behind.front() != ':' && behind.front() != '/')
      return cursor.fail(value, quote(behind) + " stands behind the address",
                         "expected \":PORT\" or \"/LENGTH\" there");
    parts.address = bracketed;
    if (colon != std::string_view::npos) parts.port = behind.substr(colon + 1);
  } else {
    parts = split_host(text);
  }
  if (text.empty()) return cursor.fail(value, "the address is missing", std::string(kExpectedHost));

  auto prefix = address_part(cursor, value, parts.address, host.family);
  if (!prefix) return std::unexpected(std::move(prefix.error()));
  host.prefix = *prefix;
  if (parts.port) {
    auto port = port_number(cursor, value, *parts.port, environment);
    if (!port) return std::unexpected(std::move(port.error()));
    host.port = *port;
  }
  return host;
}

Result<Host> parse_port(const Cursor& cursor, const Token& value, const Environment& environment) {
  const std::string plain = unescape(value.raw);
  std::string_view text = plain;
  Host host;
  host.family = take_family(text);
  if (text.starts_with("*:")) text.remove_prefix(1);
  if (text.starts_with(':')) text.remove_prefix(1);
  if (text.find_first_of(".:[]") != std::string_view::npos)
    return cursor.fail(value, quote(text) + " is not a port", std::string(kExpectedPort),
                       "addresses are compared with src, dst and addr");
  auto port = port_number(cursor, value, text, environment);
  if (!port) return std::unexpected(std::move(port.error()));
  host.port = *port;
  return host;
}

}  // namespace conntrail::filter
