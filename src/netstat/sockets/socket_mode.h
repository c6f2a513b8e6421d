// The socket mode: netstat without -r, -i, -s or -M.
#pragma once

#include "conntrail/netstat/netstat.h"
#include "options/options.h"
#include "output/console.h"

namespace conntrail::netstat {

// Prints the tables, each second anew with -c; answers the exit code.
[[nodiscard]] int run_socket_mode(const Options& options, Console& console, const Helpers& helpers);

}  // namespace conntrail::netstat
