// AcceptQueues: connections that wait for accept(), which no process has yet.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "conntrail/diagnose/diagnose.h"
#include "peer.h"

namespace conntrail::diagnose {

// Nothing shows a descriptor of it. That may also mean that no look at the table has shown it yet.
[[nodiscard]] bool has_no_process(const Connection& connection);

class AcceptQueues {
 public:
  explicit AcceptQueues(const Evidence& evidence);
  // It waits in an accept queue at the end of the interval: the queue's own length (Recv-Q of the listener)
  // leaves room for all that may.
  [[nodiscard]] bool hold(const Connection& connection) const;

 private:
  struct Queue {
    std::size_t length = 0;
    std::size_t candidates = 0;
  };
  std::unordered_map<Peer, Queue, PeerHash> queues_;  // by port
};

}  // namespace conntrail::diagnose
