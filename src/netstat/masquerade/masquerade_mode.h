// netstat -M.
#pragma once

#include "options/options.h"
#include "output/console.h"

namespace conntrail::netstat {

// Prints what the options ask for and returns netstat's exit code; with -c it returns only when nobody reads
// any more.
[[nodiscard]] int run_masquerade_mode(const Options& options, Console& console);

}  // namespace conntrail::netstat
