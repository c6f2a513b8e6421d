// netstat --windows: the option set and the layout of Windows' netstat.
#pragma once

#include <span>

#include "output/console.h"

namespace conntrail::netstat::windows {

// `words`: what stands behind --windows. Returns the exit code; with an interval only when nobody reads any
// more.
[[nodiscard]] int run_windows_mode(std::span<char* const> words, Console& console);

}  // namespace conntrail::netstat::windows
