// netstat: the drop-in for net-tools netstat (docs/netstat-differences.md lists what is printed otherwise,
// and why).
#pragma once

#include <functional>
#include <string>

#include "conntrail/base/result.h"
#include "conntrail/netstat/recorded_owners.h"

namespace conntrail::netstat {

// What netstat cannot do by itself: its caller wires it.
struct Helpers {
  // For --history: the memory of the recorder that writes `path` (empty: the default one), as it is now.
  std::function<Result<RecordedOwners>(const std::string& path)> recorded_owners{};
};

// Runs netstat with its own command line; argv[0] is the name that messages about options carry. Writes to
// the descriptors 1 and 2 and returns the exit code: 0, 1 (something asked for is not there, or stdout
// failed), 3 (usage), 255 (a /proc file could not be opened for a reason other than its absence). With -c it
// returns only on an error or when the reader of stdout is gone. Not reentrant: getservent, getpwuid and the
// like are used.
int run(int argc, char** argv, const Helpers& helpers = {});

}  // namespace conntrail::netstat
