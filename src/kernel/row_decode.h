// From the iterators' records to the model's rows.
#pragma once

#include <cstdint>

#include "conntrail/abi/rows.h"
#include "conntrail/model/socket_row.h"

namespace conntrail::kernel {

// The kernel's clock rates: jiffies are counted in HZ, shown in USER_HZ.
struct TickRates {
  std::uint64_t hz = 0;
  std::uint64_t user_hz = 0;

  // HZ from the resolution of the coarse clocks, which is one jiffy (TICK_NSEC): right without the kernel's
  // configuration and on every architecture.
  [[nodiscard]] static TickRates measure();

  // jiffies_delta_to_clock_t() (kernel/time/time.c): a late timer has 0 left.
  [[nodiscard]] std::uint64_t clock_ticks(std::int64_t jiffies) const;
  [[nodiscard]] Nanoseconds duration(std::int64_t jiffies) const;
};

[[nodiscard]] SocketRow to_row(const ct_socket_row& raw, const TickRates& rates);
[[nodiscard]] SocketHolder to_holder(const ct_holder_row& raw);

}  // namespace conntrail::kernel
