#include "route_mode.h"

namespace conntrail::netstat {

int run_route_mode(const Options& /*options*/, Console& console) {
  console.message("netstat: -r is not there yet\n");
  return 1;
}

}  // namespace conntrail::netstat
