// The time-wait sockets of a namespace against tcp_max_tw_buckets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "host_counters.h"
#include "time_wait_census.h"

namespace conntrail::diagnose {

struct Buckets {
  std::size_t live = 0;
  std::optional<std::int64_t> limit;
  std::optional<std::int64_t> overflows;  // in the interval
  double settles_at = 0;                  // sockets, if the rate stays
  std::optional<double> full_in_s;
};

[[nodiscard]] Buckets weigh_buckets(const TimeWaitCensus& census, const HostCounters& counters);

}  // namespace conntrail::diagnose
