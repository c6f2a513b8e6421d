// The calendar's pieces that reading and writing times share.
#pragma once

#include <cstdint>
#include <ctime>

namespace conntrail {

inline constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// `seconds` since the epoch in the time zone of this process.
[[nodiscard]] inline std::tm local_time(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm tm{};
  localtime_r(&time, &tm);
  return tm;
}

}  // namespace conntrail
