// The whole of netstat behind its command line: whichever mode was asked for, onto a console.
#pragma once

#include "conntrail/netstat/netstat.h"
#include "options/options.h"
#include "output/console.h"

namespace conntrail::netstat {

// Answers the exit code.
[[nodiscard]] int run_mode(const Options& options, Console& console, const Helpers& helpers = {});

}  // namespace conntrail::netstat
