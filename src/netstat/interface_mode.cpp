#include "interface_mode.h"

namespace conntrail::netstat {

int run_interface_mode(const Options& /*options*/, Console& console) {
  console.message("netstat: -i is not there yet\n");
  return 1;
}

}  // namespace conntrail::netstat
