#include "byte_size.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "conntrail/base/text.h"

namespace conntrail::cli {
namespace {

double unit_of(char letter) {
  switch (letter) {
    case 'k':
    case 'K':
      return 0x1p10;
    case 'm':
    case 'M':
      return 0x1p20;
    case 'g':
    case 'G':
      return 0x1p30;
    case 't':
    case 'T':
      return 0x1p40;
    default:
      return 1;
  }
}

// Digits with at most one point; not what else from_chars() would take ("1e5", "inf").
std::optional<double> decimal(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<std::uint64_t> parse_byte_size(const std::string& option, const std::string& text,
                                      const SizeRange& range) {
  std::string_view digits = text;
  const double unit = digits.empty() ? 1 : unit_of(digits.back());
  if (unit > 1) digits.remove_suffix(1);
  const auto number = decimal(digits);
  if (number) {
    const double bytes = std::floor(*number * unit);
    if (bytes >= static_cast<double>(range.least) && bytes <= static_cast<double>(range.most))
      return static_cast<std::uint64_t>(bytes);
  }
  return fail_usage(option + ": '" + printable(text) + "' is no usable size", {}, std::string(range.example));
}

}  // namespace conntrail::cli
