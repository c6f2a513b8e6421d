#include "masquerade_mode.h"

namespace conntrail::netstat {

int run_masquerade_mode(const Options& /*options*/, Console& console) {
  console.message("netstat: -M is not there yet\n");
  return 1;
}

}  // namespace conntrail::netstat
