#include "statistics_mode.h"

namespace conntrail::netstat {

int run_statistics_mode(const Options& /*options*/, Console& console) {
  console.message("netstat: -s is not there yet\n");
  return 1;
}

}  // namespace conntrail::netstat
