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
