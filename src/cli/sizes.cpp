#include "sizes.h"

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
    return fail_usage(option + ": '" + text + "' is no usable size", {}, "write bytes, or 256K, 64M, 1G");
  return *number << shift;
}

void add_ring_size(CLI::App& app, std::string& text) {
  app.add_option("--ring-size", text, "room for events that wait to be read, such as 256K or 64M")
      ->type_name("BYTES");
}

Result<std::size_t> parse_ring_size(const std::string& text) {
  constexpr std::uint64_t kSmallest = 4096;
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 30U;
  const auto bytes = parse_size("--ring-size", text);
  if (!bytes || *bytes < kSmallest || *bytes > kLargest)
    return fail_usage("--ring-size: '" + text + "' is no usable size", {},
                      "write 4K to 1G, such as 256K or 64M");
  return *bytes;
}

}  // namespace conntrail::cli
