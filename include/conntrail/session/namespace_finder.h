// NamespaceFinder: where the network namespaces of a choice are at this moment, and which do not exist any
// more.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/base/result.h"
#include "conntrail/snapshot/snapshot.h"

namespace conntrail::session {

// Which network namespaces a command looks at.
struct NamespaceChoice {
  bool all = true;
  std::vector<snapshot::NetworkNamespace> chosen;  // when not all
};

// Those of the choice that a task or a name leads to now.
[[nodiscard]] Result<std::vector<snapshot::NetworkNamespace>> namespaces_to_read(
    const NamespaceChoice& choice);

struct FoundNamespaces {
  std::vector<snapshot::NetworkNamespace> readable;
  std::vector<std::uint32_t> gone;     // expected, and proven not to exist any more
  std::vector<std::uint32_t> unknown;  // expected, and not found: they may exist all the same
  bool searched = false;               // just now, among all descriptors
};

// Namespaces to which no task leads are searched for among all descriptors of the host at the first full look
// and when an expected one is missing, and remembered. Not thread-safe.
class NamespaceFinder {
 public:
  explicit NamespaceFinder(NamespaceChoice choice) : choice_(std::move(choice)) {}

  // `only_expected`: leaves out the others.
  [[nodiscard]] Result<FoundNamespaces> find(std::span<const std::uint32_t> expected, bool only_expected);
  // As the last find() had it; null when that had not.
  [[nodiscard]] const snapshot::NetworkNamespace* last_found(std::uint32_t inode) const;

 private:
  Result<bool> search(FoundNamespaces& found, Nanoseconds longest);
  void take(FoundNamespaces& found, const snapshot::NetworkNamespace& one);

  NamespaceChoice choice_;
  std::vector<snapshot::NetworkNamespace> found_;
  std::vector<snapshot::NetworkNamespace> hidden_;  // to which no task led
  bool searched_ = false;
  MonoTime next_search_;
};

}  // namespace conntrail::session
