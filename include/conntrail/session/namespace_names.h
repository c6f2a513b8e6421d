// What people call the network namespaces of this host.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "conntrail/base/clock.h"
#include "conntrail/model/namespace_labels.h"
#include "conntrail/session/tracker_input.h"

namespace conntrail::session {

// Tells the tracker the names that appear and go, so that each record has the name of its time: the kernel
// gives the number of a namespace that is gone to the next one.
class NamespaceNames {
 public:
  // Before something of that moment is told; looks no more often than it must.
  void before(MonoTime time, TrackerInput& input) {
    if (time >= next_) look(time, input);
  }

 private:
  void look(MonoTime time, TrackerInput& input);
  std::unordered_map<std::uint32_t, std::string> told_;
  MonoTime next_;
};

// For those that have no name: "self", "of nginx/15478". As they are now, so for live views only.
[[nodiscard]] NamespaceLabels host_namespace_labels();

}  // namespace conntrail::session
