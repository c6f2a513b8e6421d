// FullListeners: listeners of this host that turned connections away. What their clients suffer
// (retransmitted SYNs and data, connects that take seconds) belongs to topic listen, not to connect or
// retransmit.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "conntrail/diagnose/diagnose.h"
#include "peer.h"

namespace conntrail::diagnose {

class FullListeners {
 public:
  explicit FullListeners(const Evidence& evidence);
  // A connect to this endpoint, out of its namespace, comes to such a listener as far as the records show: a
  // client of the host may be in another namespace than the listener, and then a wildcard address means the
  // addresses that connections of the listener's namespace have.
  [[nodiscard]] bool are_at(const Peer& destination) const;
  // The same for a connection that was made to, or accepted by, such a listener.
  [[nodiscard]] bool concern(const Connection& connection) const;

 private:
  struct Listener {
    std::uint32_t netns = 0;
    IpAddress address;
    [[nodiscard]] bool is_wildcard() const {
      return address.is_any() || address.family == Family::unspecified;
    }
  };
  void learn_addresses(const Evidence& evidence);
  [[nodiscard]] bool accepts(const Listener& listener, const Peer& destination) const;

  std::unordered_map<std::uint16_t, std::vector<Listener>> listeners_;  // by port
  // Addresses of the namespaces that have a listener on the wildcard address; port 0.
  std::unordered_set<Peer, PeerHash> addresses_;
};

}  // namespace conntrail::diagnose
