// Hosts with one trouble each, and one without: every topic is run on all of them.
#pragma once

#include "world.h"

namespace conntrail::diagnose::test {

struct Storm {
  double rate = 5000;   // connections per second
  double began_s = -1;  // before the interval
  double interval_s = 3;
  double lifetime_s = 0.002;
  std::int64_t low = 20000;
  std::int64_t high = 59999;
  std::string_view remote = kThere;
  std::string_view local = kHere;
};

[[nodiscard]] World healthy();
// The client closes first and runs out of local ports.
[[nodiscard]] World client_storm(const Storm& storm = {});
// The same load, the server closes first; both ends are on this host.
[[nodiscard]] World server_storm(const Storm& storm = {});
// A server that leaves what its clients have closed; the clients are on this host too.
[[nodiscard]] World leaking_server();
// A backlog of 4 and a slow accept(); clients on this host.
[[nodiscard]] World overflowing_listener();
[[nodiscard]] World syn_flood();
// 5 % of all segments are lost, of handshakes too.
[[nodiscard]] World lossy_path();
[[nodiscard]] World refused_port();
[[nodiscard]] World black_hole_beside_refused_port();
[[nodiscard]] World slow_path();
// The accept queue of another host is full: SYNs are lost, data is not.
[[nodiscard]] World lost_syns();
[[nodiscard]] World unread_data();
[[nodiscard]] World peers_that_never_close();
// A name with a dead address before the one that answers.
[[nodiscard]] World fallbacks();
// One process that does not read from another of this host, and one that sends to another host in vain.
[[nodiscard]] World stuck_queues();

}  // namespace conntrail::diagnose::test
