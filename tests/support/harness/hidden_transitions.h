// Transitions of which the kernel tells no BPF program.
//
// The kernels of some hosting platforms run no BPF program while a thread of the platform's own agent,
// process 1, is the current task, and count no suppressed run either; a softirq on top of it, with whatever
// transitions it brings, then goes unseen. perf's counters of the same tracepoint do run there, which is the
// independent truth: what is missing and was counted in process 1 is the platform's doing, anything else is
// ours.
#pragma once

#include <cstdint>
#include <vector>

#include "conntrail/base/unique_fd.h"

namespace conntrail::live {

class HiddenTransitions {
 public:
  HiddenTransitions();  // counts from here on

  // inet_sock_set_state in process 1 so far. 0 where perf may not count.
  [[nodiscard]] std::uint64_t count() const;

 private:
  std::vector<UniqueFd> counters_;  // one for each thread
};

}  // namespace conntrail::live
