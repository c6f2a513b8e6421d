// netstat: the drop-in for net-tools netstat (docs/netstat-differences.md lists what is printed otherwise,
// and why).
#pragma once

namespace conntrail::netstat {

// Runs netstat with its own command line; argv[0] is the name that messages about options carry. Writes to
// the descriptors 1 and 2 and returns the exit code: 0, 1 (something asked for is not there, or stdout
// failed), 3 (usage), 255 (a /proc file could not be opened for a reason other than its absence). With -c it
// returns only on an error or when the reader of stdout is gone. Not reentrant: getservent, getpwuid and the
// like are used.
int run(int argc, char** argv);

}  // namespace conntrail::netstat
