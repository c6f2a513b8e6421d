// What a process says of itself: its command line as it stands ("postgres: app orders 10.77.1.2(44190)
// idle").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace conntrail::snapshot {

// /proc/PID/cmdline with blanks between its words, at most kLongestTitle bytes; secrets are masked. Empty
// when the process is gone or has none. Not yet printable.
[[nodiscard]] std::string process_title(std::uint32_t pid);
inline constexpr std::size_t kLongestTitle = 400;

// The same of the bytes of such a file. `whole`: nothing behind them was left out.
[[nodiscard]] std::string title_of(std::string_view cmdline, bool whole);

}  // namespace conntrail::snapshot
