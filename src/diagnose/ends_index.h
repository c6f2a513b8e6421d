// EndsIndex: connections by both their addresses, to find the other end of one that is on this host too.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <utility>

#include "conntrail/model/connection.h"

namespace conntrail::diagnose {

class EndsIndex {
 public:
  void add(const Connection& connection);
  [[nodiscard]] bool empty() const { return ends_.empty(); }
  // The other end, where it was added: of several with the same addresses the one that lived at the same
  // time. Null when there is none. Namespaces are left out: the two ends may be in different ones.
  [[nodiscard]] const Connection* peer_of(const Connection& connection) const;

 private:
  using Ends = std::pair<Endpoint, Endpoint>;  // local, remote; IPv4 behind IPv6 is IPv4
  struct EndsHash {
    std::size_t operator()(const Ends& ends) const noexcept;
  };
  std::unordered_multimap<Ends, const Connection*, EndsHash> ends_;
};

}  // namespace conntrail::diagnose
