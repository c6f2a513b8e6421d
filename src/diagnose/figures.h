// Numbers as the sentences of a finding show them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "conntrail/base/clock.h"

namespace conntrail::diagnose {

[[nodiscard]] double to_seconds(Nanoseconds duration);
[[nodiscard]] double to_milliseconds(Nanoseconds duration);
[[nodiscard]] Nanoseconds from_seconds(double seconds);

// "4980/s", "12.5/s", "0.25/s".
[[nodiscard]] std::string rate_text(double per_second);
// "97 %", "4.8 %", "0.05 %" of a fraction.
[[nodiscard]] std::string percent_text(double fraction);
// "1 connect", "12 connects".
[[nodiscard]] std::string count_text(std::size_t count, std::string_view singular);
// "15 connects" when all of them are meant, else "3 of 15 connects".
[[nodiscard]] std::string share_text(std::size_t count, std::size_t total, std::string_view singular);
// The verb for so many: "was" for one, else "were".
[[nodiscard]] std::string_view was_or_were(std::size_t count);
// "8.20s" of a number of seconds.
[[nodiscard]] std::string seconds_text(double seconds);

// 0 when there is nothing to divide by.
[[nodiscard]] double ratio(double part, double whole);

// The value that a share of `fraction` of the values does not exceed (nearest rank); reorders them. 0 for no
// values.
[[nodiscard]] std::int64_t quantile(std::span<std::int64_t> values, double fraction);

}  // namespace conntrail::diagnose
