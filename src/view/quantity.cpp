#include "quantity.h"

#include <array>
#include <string_view>

namespace conntrail::view {

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + "B";
  constexpr std::array<std::string_view, 6> kUnits{"kB", "MB", "GB", "TB", "PB", "EB"};
  // Thousandths of the unit; exact, and truncated rather than rounded so that 999999 never reads "1000kB".
  std::size_t unit = 0;
  std::uint64_t thousandths = bytes;
  while (thousandths >= 1'000'000) {
    thousandths /= 1000;
    ++unit;
  }
  const std::uint64_t whole = thousandths / 1000;
  const std::uint64_t rest = thousandths % 1000;
  std::string out = std::to_string(whole);
  if (whole < 10) {
    out += '.';
    out += static_cast<char>('0' + rest / 100);
    out += static_cast<char>('0' + rest / 10 % 10);
  } else if (whole < 100) {
    out += '.';
    out += static_cast<char>('0' + rest / 100);
  }
  out += kUnits[unit];
  return out;
}

}  // namespace conntrail::view
