#include "conntrail/model/endpoint.h"

#include <charconv>

namespace conntrail {
namespace {

void append_exact(std::string& out, const Endpoint& endpoint) {
  const bool brackets = endpoint.address.family == Family::inet6;
  if (brackets) out.push_back('[');
  append(out, endpoint.address);
  if (brackets) out.push_back(']');
  out.push_back(':');
  if (endpoint.port == 0) {
    out.push_back('*');
    return;
  }
  char digits[5];
  const auto [end, ec] = std::to_chars(digits, digits + sizeof digits, endpoint.port);
  out.append(digits, end);
}

}  // namespace

std::string to_string(const Endpoint& endpoint) {
  std::string out;
  append(out, endpoint);
  return out;
}

void append(std::string& out, const Endpoint& endpoint) {
  append_exact(out, {endpoint.address.unmapped(), endpoint.port});
}

std::string exact_string(const Endpoint& endpoint) {
  std::string out;
  append_exact(out, endpoint);
  return out;
}

std::string plain_string(const IpAddress& address) { return to_string(address.unmapped()); }

std::string plain_string(std::string text) {
  constexpr std::string_view kMapped = "::ffff:";
  std::string_view address = text;
  std::string_view port;
  if (address.starts_with('[')) {
    const std::size_t close = address.find(']');
    if (close == std::string_view::npos) return text;
    port = address.substr(close + 1);
    address = address.substr(1, close - 1);
    if (!port.empty() && port.front() != ':') return text;
  }
  if (!address.starts_with(kMapped)) return text;
  const auto parsed = IpAddress::parse(address);
  return parsed && parsed->is_v4_mapped() ? to_string(parsed->unmapped()).append(port) : text;
}

}  // namespace conntrail
