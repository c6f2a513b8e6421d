// TimeWaitCount: how many time-wait sockets a network namespace has, by somebody's count.
#pragma once

#include <cstddef>
#include <cstdint>

namespace conntrail {

struct TimeWaitCount {
  std::uint32_t netns = 0;
  std::size_t records = 0;
  bool operator==(const TimeWaitCount&) const = default;
};

}  // namespace conntrail
