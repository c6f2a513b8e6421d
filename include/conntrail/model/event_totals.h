// EventTotals: what the kernel side counted over the whole run.
#pragma once

#include <cstdint>

namespace conntrail {

struct EventTotals {
  std::uint64_t tried = 0;     // events the programs wanted to send, all CPUs
  std::uint64_t received = 0;  // events handed on
  std::uint64_t lost = 0;
  bool operator==(const EventTotals&) const = default;
};

}  // namespace conntrail
