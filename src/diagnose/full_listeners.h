// FullListeners: listeners of this host that turned connections away. What their clients suffer
// (retransmitted SYNs and data, connects that take seconds) belongs to topic listen, not to connect or
// retransmit.
#pragma once

#include <unordered_map>
#include <vector>

#include "conntrail/diagnose/diagnose.h"

namespace conntrail::diagnose {

class FullListeners {
 public:
  explicit FullListeners(const Evidence& evidence);
  // A connection of this endpoint was made to, or accepted by, such a listener; in whatever namespace, since
  // a client of the host may be in another one.
  [[nodiscard]] bool are_at(const Endpoint& endpoint) const;
  [[nodiscard]] bool concern(const Connection& connection) const {
    return are_at(connection.tuple.remote) || are_at(connection.tuple.local);
  }

 private:
  std::unordered_map<std::uint16_t, std::vector<IpAddress>> addresses_;  // by port
};

}  // namespace conntrail::diagnose
