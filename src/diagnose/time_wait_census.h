// TimeWaitCensus: the time-wait sockets of one network namespace: how many come and go, whose they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "conntrail/diagnose/diagnose.h"
#include "ends_index.h"
#include "peer.h"
#include "process_tally.h"

namespace conntrail::diagnose {

// Those at one place: a remote endpoint, or a local port.
struct TimeWaitPlace {
  std::size_t passed = 0;   // in TIME_WAIT at some moment of the interval
  std::size_t entries = 0;  // into TIME_WAIT, in the interval
  std::size_t live = 0;     // in TIME_WAIT at its end
};
using TimeWaitPlaces = std::unordered_map<Peer, TimeWaitPlace, PeerHash>;

// Those on one side of their connections: as clients (to remote endpoints) or as servers (at local ports).
struct TimeWaitSide {
  std::size_t entries = 0;                 // into TIME_WAIT, in the interval
  std::size_t live = 0;                    // in TIME_WAIT at its end
  ProcessTally closers;                    // who closed first
  TimeWaitPlaces places;                   // remote endpoints, or local ports
  std::vector<std::int64_t> lifetimes_ns;  // of the connections, where known
};

struct TimeWaitCensus {
  TimeWaitSide active;
  TimeWaitSide passive;
  std::size_t exits = 0;    // in the interval
  std::size_t reused = 0;   // of these, before their time, by a new connection on the same addresses
  std::size_t waiting = 0;  // in FIN_WAIT2 at the end: the peer has not closed
  // Those of `waiting` whose peer is no connection of this host in CLOSE_WAIT: nothing here explains them.
  std::size_t waiting_for_strangers = 0;
  ProcessTally waiting_closers;
  std::unordered_map<Peer, std::size_t, PeerHash> waiting_places;
  std::vector<std::int64_t> waiting_ns;  // how long so far
  std::vector<double> due_s;             // when those in TIME_WAIT will go, seconds from the end
  // Entries in the newer half of the interval, less those whose socket was reused before its time.
  double recent_growth_per_s = 0;

  [[nodiscard]] std::size_t live() const { return active.live + passive.live; }
  [[nodiscard]] std::size_t entries() const { return active.entries + passive.entries; }
};

// Connections in CLOSE_WAIT anywhere on the host, to tell which peers that do not close are our own.
class LocalCloseWait {
 public:
  explicit LocalCloseWait(const Evidence& evidence);
  [[nodiscard]] bool is_peer_of(const Connection& connection) const;

 private:
  EndsIndex ends_;
};

[[nodiscard]] TimeWaitCensus take_census(const Evidence& evidence,
                                         const std::vector<const Connection*>& connections,
                                         const Directions& directions, const LocalCloseWait& close_wait);

// The places with the most, the most first.
[[nodiscard]] std::vector<std::pair<Peer, std::size_t>> top_places(
    const std::unordered_map<Peer, std::size_t, PeerHash>& places, std::size_t most);
[[nodiscard]] std::vector<std::pair<Peer, TimeWaitPlace>> top_places(const TimeWaitPlaces& places,
                                                                     std::size_t most);

}  // namespace conntrail::diagnose
