// Whose listener a request socket belongs to. sock_diag gives request sockets uid 0 where /proc/net/tcp
// prints the listener's; a dump lists the listeners first, so their uids are known when the requests come.
#pragma once

#include <unordered_map>
#include <vector>

#include "conntrail/model/socket_row.h"

namespace conntrail::snapshot {

class ListenerUids {
 public:
  void add(const SocketRow& listener) {
    by_port_[listener.tuple.local.port].push_back(
        {listener.tuple.local.address, listener.interface, listener.uid});
  }

  // As the kernel chooses among listeners of a port: bound address before any address, bound device before
  // none. Sockets that share all of it (SO_REUSEPORT) have one uid, the kernel insists on that. 0 when the
  // listener is gone.
  [[nodiscard]] std::uint32_t find(const SocketRow& request) const {
    const auto found = by_port_.find(request.tuple.local.port);
    if (found == by_port_.end()) return 0;
    int best = -1;
    std::uint32_t uid = 0;
    for (const Listener& listener : found->second) {
      const bool exact = listener.address == request.tuple.local.address;
      const bool device = listener.interface != 0;
      if (!exact && !listener.address.is_any()) continue;
      if (device && listener.interface != request.interface) continue;
      const int score = (exact ? 2 : 0) + (device ? 1 : 0);
      if (score > best) {
        best = score;
        uid = listener.uid;
      }
    }
    return uid;
  }

 private:
  struct Listener {
    IpAddress address;
    std::uint32_t interface = 0;
    std::uint32_t uid = 0;
  };
  std::unordered_map<std::uint16_t, std::vector<Listener>> by_port_;
};

}  // namespace conntrail::snapshot
