// Listeners with their queues, from the rows of sock_diag: a pure part.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "conntrail/model/host_sample.h"
#include "conntrail/model/socket_row.h"

namespace conntrail::snapshot {

class ListenerSamples {
 public:
  void add_listener(const SocketRow& row);
  // All listeners must have been added before. A request without a listener here is nobody's.
  void add_request(const SocketRow& row);
  // By local endpoint, then by cookie.
  [[nodiscard]] std::vector<ListenerSample> take();

 private:
  struct Listener {
    ListenerSample sample;
    std::uint32_t interface = 0;
  };
  [[nodiscard]] static int score(const Listener& listener, const SocketRow& request);

  std::vector<Listener> listeners_;
  std::unordered_map<std::uint16_t, std::vector<std::size_t>> by_port_;
  // Requests given to the group whose first member is this listener: the next one goes to the next member.
  std::unordered_map<std::size_t, std::size_t> given_;
};

}  // namespace conntrail::snapshot
