// Peer: the other end of connections, and which of them this host opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "conntrail/base/hash.h"
#include "conntrail/diagnose/diagnose.h"
#include "conntrail/model/endpoint.h"

namespace conntrail::diagnose {

// What a group of connections has in common: the namespace and an endpoint, the peer's or our own. IPv4
// behind an IPv6 socket is the same as IPv4: to the kernel's tables it is.
struct Peer {
  std::uint32_t netns = 0;
  Endpoint endpoint;
  bool operator==(const Peer&) const = default;
  auto operator<=>(const Peer&) const = default;
};
[[nodiscard]] Peer remote_of(const Connection& connection);
// The service on this side: its port, whatever the address.
[[nodiscard]] Peer local_port_of(const Connection& connection);

struct PeerHash {
  [[nodiscard]] std::size_t operator()(const Peer& peer) const noexcept {
    return hash_of(peer.endpoint, combine_hash(kHashSeed, peer.netns));
  }
};

// Which side opened a connection. Where the record does not know (a snapshot found it), the ports decide: a
// port that somebody listens on is the server's; otherwise one of the ephemeral port range is the client's.
class Directions {
 public:
  explicit Directions(const Evidence& evidence);
  [[nodiscard]] bool is_active(const Connection& connection) const;
  [[nodiscard]] bool is_listened(std::uint32_t netns, std::uint16_t port) const {
    return listened_.contains(key(netns, port));
  }
  // The ports of the range [low, high] that connect() cannot choose, because listeners or the connections
  // they accepted are bound to them.
  [[nodiscard]] std::vector<std::int64_t> bound_ports(std::uint32_t netns, std::int64_t low,
                                                      std::int64_t high) const;

 private:
  struct Range {
    std::int64_t low = 32768;  // the kernel's own, where the setting could not be read
    std::int64_t high = 60999;
  };
  static std::uint64_t key(std::uint32_t netns, std::uint16_t port) {
    return std::uint64_t{netns} << 16U | port;
  }
  std::unordered_set<std::uint64_t> listened_;  // (netns, port)
  std::unordered_map<std::uint32_t, Range> ranges_;
};

[[nodiscard]] bool is_loopback(const IpAddress& address);
// An address of this host, as far as connections show.
[[nodiscard]] bool is_here(const Evidence& evidence, const IpAddress& address);

}  // namespace conntrail::diagnose
