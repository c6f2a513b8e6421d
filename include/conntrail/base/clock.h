// Time as conntrail keeps it: kernel events carry CLOCK_MONOTONIC nanoseconds (bpf_ktime_get_ns); wall time
// is derived at the edge, once, so that records are comparable and replay gives the same text.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace conntrail {

using Nanoseconds = std::chrono::nanoseconds;

// A point on CLOCK_MONOTONIC. Zero means "unknown".
struct MonoTime {
  std::int64_t ns = 0;

  [[nodiscard]] bool known() const { return ns != 0; }
  auto operator<=>(const MonoTime&) const = default;
  friend Nanoseconds operator-(MonoTime a, MonoTime b) { return Nanoseconds(a.ns - b.ns); }
  friend MonoTime operator+(MonoTime a, Nanoseconds d) { return {a.ns + d.count()}; }
  friend MonoTime operator-(MonoTime a, Nanoseconds d) { return {a.ns - d.count()}; }
};

[[nodiscard]] MonoTime mono_now();

// Turns CLOCK_MONOTONIC into wall time with an offset taken once; a later clock step does not tear a stream
// apart.
class WallClock {
 public:
  [[nodiscard]] static WallClock measure();  // from this host's clocks
  [[nodiscard]] static WallClock with_offset(std::int64_t offset_ns) {
    return WallClock(offset_ns);
  }  // replay, tests

  [[nodiscard]] std::int64_t real_ns(MonoTime t) const { return t.ns + offset_ns_; }  // ns since 1970, UTC
  [[nodiscard]] std::int64_t offset_ns() const { return offset_ns_; }

 private:
  explicit WallClock(std::int64_t offset_ns) : offset_ns_(offset_ns) {}
  std::int64_t offset_ns_;
};

// "2026-11-20T12:00:00.123456789Z" (RFC 3339, UTC), appended.
void append_rfc3339(std::string& out, std::int64_t real_ns);
// "12:00:00.123456" in the local time zone, appended.
void append_local_time_us(std::string& out, std::int64_t real_ns);
// "2026-11-20 12:00:00.123456" in the local time zone, appended.
void append_local_date_time_us(std::string& out, std::int64_t real_ns);

// "10s", "500ms", "1.5m", "2h", "1d", "1w", "250us", "10ns", "5 minutes"; several, the larger unit first:
// "1h30m", "2m05s", as format_duration() writes them; or a bare number of seconds. Never negative.
[[nodiscard]] std::optional<Nanoseconds> parse_duration(std::string_view text);
// At most 7 columns, three significant digits: "412ns", "1.23ms", "61.7s", "2m05s", "3h07m", "12d04h".
[[nodiscard]] std::string format_duration(Nanoseconds d);

}  // namespace conntrail
