#include "figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace conntrail::diagnose {

double to_seconds(Nanoseconds duration) { return static_cast<double>(duration.count()) / 1e9; }
double to_milliseconds(Nanoseconds duration) { return static_cast<double>(duration.count()) / 1e6; }
Nanoseconds from_seconds(double seconds) { return Nanoseconds(std::llround(seconds * 1e9)); }

std::string rate_text(double per_second) {
  const int decimals = per_second >= 99.95 ? 0 : per_second >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f}/s", per_second, decimals);
}

std::string percent_text(double fraction) {
  const double percent = fraction * 100;
  const int decimals = percent >= 9.95 || percent == 0 ? 0 : percent >= 0.995 ? 1 : 2;
  return fmt::format("{:.{}f} %", percent, decimals);
}

std::string count_text(std::size_t count, std::string_view singular) {
  return fmt::format("{} {}{}", count, singular, count == 1 ? "" : "s");
}

std::string share_text(std::size_t count, std::size_t total, std::string_view singular) {
  return count == total ? count_text(total, singular)
                        : fmt::format("{} of {}", count, count_text(total, singular));
}

std::string_view was_or_were(std::size_t count) { return count == 1 ? "was" : "were"; }

std::string seconds_text(double seconds) { return format_duration(from_seconds(seconds)); }

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

std::int64_t quantile(std::span<std::int64_t> values, double fraction) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(values.size())));
  const std::size_t index = std::clamp<std::size_t>(rank, 1, values.size()) - 1;
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(index));
  return values[index];
}

}  // namespace conntrail::diagnose
