#include "routes/route_address.h"

#include <array>
#include <bit>
#include <cstdint>

#include "conntrail/base/text.h"

namespace conntrail::netstat {

bool parse_route_address(std::string_view text, IpAddress& address) {
  static constexpr std::size_t kDigits = 8;
  if (text.size() < kDigits) return false;
  const auto word = parse_number<std::uint32_t>(text.substr(0, kDigits), 16);
  if (!word) return false;
  address = IpAddress::v4(std::bit_cast<std::array<std::uint8_t, 4>>(*word));
  return true;
}

std::string_view cut_text(std::string_view text, std::size_t length) {
  static constexpr unsigned kContinuationMask = 0xC0;
  static constexpr unsigned kContinuation = 0x80;
  if (text.size() <= length) return text;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & kContinuationMask) == kContinuation)
    --length;
  return text.substr(0, length);
}

}  // namespace conntrail::netstat
