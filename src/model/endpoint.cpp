#include "conntrail/model/endpoint.h"

#include <charconv>

namespace conntrail {

std::string to_string(const Endpoint& endpoint) {
  std::string out;
  append(out, endpoint);
  return out;
}

void append(std::string& out, const Endpoint& endpoint) {
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

}  // namespace conntrail

std::size_t std::hash<conntrail::FourTuple>::operator()(const conntrail::FourTuple& tuple) const noexcept {
  const std::hash<conntrail::IpAddress> hash_address;
  std::uint64_t mixed = hash_address(tuple.local.address);
  mixed = mixed * 0x9e3779b97f4a7c15ULL + hash_address(tuple.remote.address);
  const std::uint64_t ports = (static_cast<std::uint64_t>(tuple.netns) << 32U) |
                              (static_cast<std::uint64_t>(tuple.local.port) << 16U) | tuple.remote.port;
  mixed = (mixed ^ ports) * 0xbf58476d1ce4e5b9ULL;
  return static_cast<std::size_t>(mixed ^ (mixed >> 31));
}
