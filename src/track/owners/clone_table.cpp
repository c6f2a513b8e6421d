#include "owners/clone_table.h"

#include <utility>

namespace conntrail::track {

void CloneTable::add(std::uint64_t sk, Clone clone) {
  if (sk == 0) return;
  if (clones_.size() >= kMost) clones_.clear();  // their next events never came
  clones_.insert_or_assign(sk, std::move(clone));
}

std::optional<Clone> CloneTable::take(std::uint64_t sk) {
  const auto found = clones_.find(sk);
  if (found == clones_.end()) return std::nullopt;
  std::optional<Clone> clone = std::move(found->second);
  clones_.erase(found);
  return clone;
}

}  // namespace conntrail::track
