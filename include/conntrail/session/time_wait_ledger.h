// TimeWaitLedger: the kernel's count of time-wait sockets against our own. It has no event for one that is
// killed (ss -K, an RST), but it counts them, which costs next to nothing to ask; a look at all of them costs
// much.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace conntrail::session {

class TimeWaitLedger {
 public:
  // Whether some that we know must be gone. `ours` was counted before `kernels`, so new ones in between only
  // make the kernel's larger. `sees_all`: we know all that the kernel has; else (a filter) it is what the
  // kernel has beyond ours that must not shrink.
  [[nodiscard]] bool has_fewer(std::uint32_t netns, std::size_t kernels, std::size_t ours, bool sees_all);

 private:
  std::unordered_map<std::uint32_t, std::int64_t> beyond_ours_;
};

}  // namespace conntrail::session
