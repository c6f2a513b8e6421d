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

struct Heir {
  bool listener = false;       // there is one with fitting addresses
  std::optional<Owner> owner;  // empty when it is open who of several processes it will be
};

class ListenerIndex {
 public:
  // Brings the index in line with the record: in while it listens on a known port, out otherwise.
  void update(Record& record);

  // The owner a connection with these addresses inherits: that of its only possible listener, or of all of
  // them when they agree; the name alone when they are several processes of one program, as among
  // SO_REUSEPORT listeners.
  [[nodiscard]] Heir heir_of(const RecordTable& records, const FourTuple& tuple) const;

  // The listeners that a connection with these addresses may come from.
  template <class Visit>
  void for_each(const RecordTable& records, const FourTuple& tuple, Visit&& visit) const {
    for (const std::uint32_t slot : candidates(records, tuple)) visit(records.at(slot));
  }

  [[nodiscard]] bool empty() const { return by_port_.empty(); }

  // Namespaces where a BPF program may choose the listener, whatever the addresses say.
  void set_steered(std::vector<std::uint32_t> namespaces);

  // Every listener of the process may be shared with a child from now on.
  void owner_forked(RecordTable& records, std::uint32_t pid) const;

 private:
  [[nodiscard]] std::vector<std::uint32_t> candidates(const RecordTable& records,
                                                      const FourTuple& tuple) const;

  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> by_port_;  // (namespace, port) → slots
  std::vector<std::uint32_t> steered_;                                     // sorted
};

// What a connection accepted from this very listener inherits: its owner; of several processes the name that
// they have in common.
[[nodiscard]] std::optional<Owner> heritage(const Record& listener);

}  // namespace conntrail::track
