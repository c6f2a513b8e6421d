#include "time_wait_buckets.h"

#include <algorithm>

#include "figures.h"
#include "port_forecast.h"
#include "time_wait_state.h"

namespace conntrail::diagnose {

Buckets weigh_buckets(const TimeWaitCensus& census, const HostCounters& counters) {
  Buckets buckets;
  buckets.live = census.live() + census.waiting;
  if (const auto counted = counters.now(counter::kTimeWaitSockets))
    buckets.live = std::max(buckets.live, static_cast<std::size_t>(std::max<std::int64_t>(0, *counted)));
  buckets.limit = counters.now(setting::kTcpMaxTwBuckets);
  buckets.overflows = counters.growth(counter::kTimeWaitOverflow);
  const double hold = to_seconds(kTimeWaitLength + kTimerSlack);
  buckets.settles_at = census.recent_growth_per_s * hold;
  if (buckets.limit) {
    PortDemand demand;
    demand.in_use = static_cast<double>(buckets.live);
    demand.capacity = static_cast<double>(*buckets.limit);
    demand.releases_s = census.due_s;
    demand.time_wait_per_s = census.recent_growth_per_s;
    demand.time_wait_hold_s = hold;
    buckets.full_in_s = exhausted_in_s(demand);
  }
  return buckets;
}

}  // namespace conntrail::diagnose
