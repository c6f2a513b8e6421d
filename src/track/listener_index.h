// ListenerIndex: which listening sockets a new connection may have come from, so that its owner is inherited,
// and only where it cannot be a wrong one.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "conntrail/model/owner.h"
#include "record_table.h"

namespace conntrail::track {

class ListenerIndex {
 public:
  // Brings the index in line with the record: in while it listens on a known port, out otherwise.
  void update(Record& record);

  // The owner a connection with these addresses inherits: that of its only possible listener, or of all of
  // them when they agree. Empty when it is open, as among SO_REUSEPORT listeners of several processes.
  [[nodiscard]] std::optional<Owner> heir_of(const RecordTable& records, const FourTuple& tuple) const;

  // Every listener of the process may be shared with a child from now on.
  void owner_forked(RecordTable& records, std::uint32_t pid) const;

 private:
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> by_port_;  // (namespace, port) → slots
};

// What a connection accepted from this very listener inherits; empty when several processes hold it.
[[nodiscard]] std::optional<Owner> heritage(const Record& listener);

}  // namespace conntrail::track
