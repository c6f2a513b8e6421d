// Moments as people type them: how long ago, a time of day, a date, RFC 3339.
#pragma once

#include <cstdint>
#include <string_view>

#include "conntrail/base/result.h"

namespace conntrail {

// Nanoseconds since 1970 (UTC) of a moment, `now_real_ns` being the present one:
//   now, -10m, 10m            the present, or so long before it (units as parse_duration(); one is needed)
//   14:30, 14:30:05.25        today; yesterday when that would still be to come
//   today 14:30, yesterday, yesterday 14:30
//   2026-11-20, 2026-11-20 14:30:05.123, 2026-11-20T14:30
//   2026-11-20T14:30:05.123Z, 2026-11-20 14:30+01:00   (RFC 3339, seconds may be left out)
//   @1763650000.5             seconds since 1970
// Without an offset it is the time zone of this process (TZ). Where clocks are set back a time of day comes
// twice: the first is meant. Where they are set forward one is skipped: it is read as before the change.
// Not thread-safe against a change of TZ. Errors are of kind `usage` and name what can be written.
[[nodiscard]] Result<std::int64_t> parse_moment(std::string_view text, std::int64_t now_real_ns);

}  // namespace conntrail
