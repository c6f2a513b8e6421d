// When no local port will be left for one destination, if all goes on as it does.
#pragma once

#include <optional>
#include <vector>

namespace conntrail::diagnose {

// The local ports of one (local address, remote address, remote port). A port is taken while a connection is
// open and then for as long as the closer's TIME_WAIT (or FIN_WAIT2) holds it.
struct PortDemand {
  double in_use = 0;               // now
  double capacity = 0;             // ports that connect() may choose from
  std::vector<double> releases_s;  // when each of those in TIME_WAIT or FIN_WAIT2 is free again, s from now
  double time_wait_per_s = 0;      // connections that enter TIME_WAIT here
  double time_wait_hold_s = 0;     // how long it keeps the port
  double waiting_per_s = 0;        // those that stay in FIN_WAIT2, since the peer does not close
  double waiting_hold_s = 0;
  double open_growth_per_s = 0;  // open connections, net
};

// Seconds until the last port is taken; 0: it is. Empty when that will not happen because ports are released
// as fast as they are taken.
[[nodiscard]] std::optional<double> exhausted_in_s(const PortDemand& demand);

}  // namespace conntrail::diagnose
