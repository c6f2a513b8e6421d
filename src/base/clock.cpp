#include "conntrail/base/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <limits>

#include "conntrail/base/text.h"
#include "local_time.h"
#include "time_namespace.h"

namespace conntrail {
namespace {

std::int64_t read_clock(clockid_t clock) {
  timespec ts{};
  clock_gettime(clock, &ts);
  return ts.tv_sec * kNsPerSecond + ts.tv_nsec;
}

// The kernel stamps events with its own CLOCK_MONOTONIC; what this process reads is shifted where it lives in
// a time namespace (time_namespaces(7)), which it cannot leave.
std::int64_t host_monotonic_ns() {
  static const std::int64_t shift = time_namespace_shift();
  return read_clock(CLOCK_MONOTONIC) - shift;
}

// Digits of `value`, zero-padded to `width`.
void append_padded(std::string& out, std::int64_t value, int width) {
  char digits[20];
  for (int i = width - 1; i >= 0; --i) {
    digits[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out.append(digits, static_cast<std::size_t>(width));
}

struct SplitTime {
  std::int64_t seconds;
  std::int64_t ns;
};

SplitTime split_seconds(std::int64_t real_ns) {
  SplitTime t{real_ns / kNsPerSecond, real_ns % kNsPerSecond};
  if (t.ns < 0) {
    --t.seconds;
    t.ns += kNsPerSecond;
  }
  return t;
}

void append_time_of_day(std::string& out, const std::tm& tm, std::int64_t ns) {
  append_padded(out, tm.tm_hour, 2);
  out.push_back(':');
  append_padded(out, tm.tm_min, 2);
  out.push_back(':');
  append_padded(out, tm.tm_sec, 2);
  out.push_back('.');
  append_padded(out, ns / 1000, 6);
}

struct Unit {
  std::string_view name;
  double ns;
};

constexpr std::array kUnits{Unit{"ns", 1},       Unit{"us", 1e3},        Unit{"µs", 1e3},
                            Unit{"ms", 1e6},     Unit{"s", 1e9},         Unit{"sec", 1e9},
                            Unit{"second", 1e9}, Unit{"seconds", 1e9},   Unit{"m", 60e9},
                            Unit{"min", 60e9},   Unit{"minute", 60e9},   Unit{"minutes", 60e9},
                            Unit{"h", 3600e9},   Unit{"hour", 3600e9},   Unit{"hours", 3600e9},
                            Unit{"d", 86400e9},  Unit{"day", 86400e9},   Unit{"days", 86400e9},
                            Unit{"w", 604800e9}, Unit{"week", 604800e9}, Unit{"weeks", 604800e9}};

struct Part {
  double number = 0;
  double unit_ns = 0;  // 0: no unit was written
};

// Takes a number and its unit from the front of a text.
std::optional<Part> take_part(std::string_view& text) {
  const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789."));
  Part part;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), part.number);
  if (digits.empty() || ec != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  text = trim(text.substr(digits.size()));
  const std::string_view unit = text.substr(0, text.find_first_of(" \t0123456789."));
  text = trim(text.substr(unit.size()));
  if (unit.empty()) return part;
  const auto* const known = std::ranges::find(kUnits, unit, &Unit::name);
  if (known == kUnits.end()) return std::nullopt;
  part.unit_ns = known->ns;
  return part;
}

}  // namespace

MonoTime mono_now() { return {host_monotonic_ns()}; }

WallClock WallClock::measure() {
  // The reading with the smallest gap around the wall clock is the least disturbed one.
  std::int64_t best_gap = -1;
  std::int64_t offset = 0;
  for (int i = 0; i < 5; ++i) {
    const std::int64_t before = host_monotonic_ns();
    const std::int64_t real = read_clock(CLOCK_REALTIME);
    const std::int64_t after = host_monotonic_ns();
    if (best_gap < 0 || after - before < best_gap) {
      best_gap = after - before;
      offset = real - (before + (after - before) / 2);
    }
  }
  return WallClock(offset);
}

void append_rfc3339(std::string& out, std::int64_t real_ns) {
  const auto [seconds, ns] = split_seconds(real_ns);
  // The text of the second is kept: thousands of lines share it. Thread-local so that no lock is needed.
  thread_local std::int64_t cached_second =
      std::numeric_limits<std::int64_t>::min();  // no time is that early
  thread_local std::array<char, 20> cached{};
  if (seconds != cached_second) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm tm{};
    gmtime_r(&time, &tm);
    fmt::format_to_n(cached.data(), cached.size(), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.", tm.tm_year + 1900,
                     tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    cached_second = seconds;
  }
  out.append(cached.data(), cached.size());
  append_padded(out, ns, 9);
  out.push_back('Z');
}

void append_local_time_us(std::string& out, std::int64_t real_ns) {
  const auto [seconds, ns] = split_seconds(real_ns);
  append_time_of_day(out, local_time(seconds), ns);
}

void append_local_date_time_us(std::string& out, std::int64_t real_ns) {
  const auto [seconds, ns] = split_seconds(real_ns);
  const std::tm tm = local_time(seconds);
  append_padded(out, tm.tm_year + 1900, 4);
  out.push_back('-');
  append_padded(out, tm.tm_mon + 1, 2);
  out.push_back('-');
  append_padded(out, tm.tm_mday, 2);
  out.push_back(' ');
  append_time_of_day(out, tm, ns);
}

std::optional<Nanoseconds> parse_duration(std::string_view text) {
  constexpr double kSecondNs = 1e9;
  text = trim(text);
  auto part = take_part(text);
  if (!part) return std::nullopt;
  if (part->unit_ns == 0 && text.empty()) part->unit_ns = kSecondNs;
  double ns = part->number * part->unit_ns;
  double unit_ns = part->unit_ns;
  // The larger unit comes first.
  while (unit_ns != 0 && !text.empty()) {
    part = take_part(text);
    if (!part || part->unit_ns >= unit_ns) return std::nullopt;
    ns += part->number * part->unit_ns;
    unit_ns = part->unit_ns;
  }
  if (unit_ns == 0 || ns > 9.2e18) return std::nullopt;
  return Nanoseconds(std::llround(ns));
}

std::string format_duration(Nanoseconds d) {
  const std::int64_t ns = d.count();
  // The least value has no positive counterpart; the greatest one has the same text.
  if (d == Nanoseconds::min()) return "-" + format_duration(Nanoseconds::max());
  if (ns < 0) return "-" + format_duration(-d);
  // Three significant digits; the limits lie where rounding would give a fourth.
  const auto three = [](double value, std::string_view unit) {
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return fmt::format("{:.{}f}{}", value, decimals, unit);
  };
  if (ns < 1000) return fmt::format("{}ns", ns);
  if (ns < 999'500) return three(static_cast<double>(ns) / 1e3, "µs");
  if (ns < 999'500'000) return three(static_cast<double>(ns) / 1e6, "ms");
  if (ns < 99'950'000'000) return three(static_cast<double>(ns) / 1e9, "s");
  const std::int64_t seconds = ns / kNsPerSecond + (ns % kNsPerSecond >= kNsPerSecond / 2 ? 1 : 0);
  if (seconds < 3600) return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("{}h{:02}m", seconds / 3600, seconds % 3600 / 60);
  if (seconds < std::int64_t{100} * 86400)
    return fmt::format("{}d{:02}h", seconds / 86400, seconds % 86400 / 3600);
  return fmt::format("{}d", seconds / 86400);
}

}  // namespace conntrail
