#include "options/amounts.h"

#include <limits>

#include "conntrail/base/text.h"

namespace conntrail::cli {

Result<std::uint64_t> parse_size(const std::string& option, const std::string& text) {
  constexpr std::string_view kUnits = "KMG";
  std::string_view digits = text;
  unsigned shift = 0;
  if (!digits.empty()) {
    const auto upper = static_cast<char>(digits.back() & ~0x20);
    if (const std::size_t unit = kUnits.find(upper); unit != std::string_view::npos) {
      shift = 10 * (static_cast<unsigned>(unit) + 1);
      digits.remove_suffix(1);
    }
  }
  const auto number = parse_number<std::uint64_t>(digits);
  if (!number || *number == 0 || *number > std::numeric_limits<std::uint64_t>::max() >> shift)
    return fail_usage(option + ": '" + text + "' is not a usable size", {}, "write bytes, or 256K, 64M, 1G");
  return *number << shift;
}

void add_ring_size(CommandLine& line, std::string& text) {
  line.add("--ring-size", text, "BYTES", "room for events that wait to be read, such as 256K or 64M");
}

Result<std::size_t> parse_ring_size(const std::string& text) {
  constexpr std::uint64_t kSmallest = 4096;
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 30U;
  const auto bytes = parse_size("--ring-size", text);
  if (!bytes || *bytes < kSmallest || *bytes > kLargest)
    return fail_usage("--ring-size: '" + text + "' is not a usable size", {},
                      "write 4K to 1G, such as 256K or 64M");
  return *bytes;
}

Result<std::optional<Nanoseconds>> parse_duration_option(const std::string& name, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto duration = parse_duration(text);
  if (!duration)
    return fail_usage(name + ": '" + text + "' is not a duration", {},
                      "write a number and a unit, such as 500ms, 10s or 5m");
  return *duration;
}

}  // namespace conntrail::cli
