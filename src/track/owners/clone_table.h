// CloneTable: children of listeners that are known by their kernel address alone.
//
// Before Linux 6.15 the LISTEN→SYN_RECV event of a child carries the listener's cookie and not the child's
// addresses (kernel commit a3a128f611a9); the child's next event, microseconds later, has its own cookie and
// the same address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "conntrail/base/clock.h"
#include "conntrail/model/owner.h"

namespace conntrail::track {

struct Clone {
  MonoTime time;
  std::optional<Owner> owner;  // what it inherits from its listener
  // The listener is not known by its cookie (found in /proc/net): its addresses will have to do.
  bool by_address = false;
};

class CloneTable {
 public:
  void add(std::uint64_t sk, Clone clone);
  [[nodiscard]] std::optional<Clone> take(std::uint64_t sk);
  // Events were lost: an address kept here may be another socket's by now.
  void clear() { clones_.clear(); }
  [[nodiscard]] bool empty() const { return clones_.empty(); }

 private:
  static constexpr std::size_t kMost = 16384;  // far more than CPUs can have between two events of one child
  std::unordered_map<std::uint64_t, Clone> clones_;
};

}  // namespace conntrail::track
