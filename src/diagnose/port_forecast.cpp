#include "port_forecast.h"

#include <algorithm>

namespace conntrail::diagnose {
namespace {

// At `at_s` ports become free, or those taken since now begin to.
struct Turn {
  double at_s = 0;
  double freed = 0;
  double fewer_per_s = 0;
};

}  // namespace

std::optional<double> exhausted_in_s(const PortDemand& demand) {
  if (demand.in_use >= demand.capacity) return 0;
  std::vector<Turn> turns;
  turns.reserve(demand.releases_s.size() + 2);
  for (const double at : demand.releases_s) turns.push_back({std::max(at, 0.0), 1, 0});
  turns.push_back({demand.time_wait_hold_s, 0, demand.time_wait_per_s});
  turns.push_back({demand.waiting_hold_s, 0, demand.waiting_per_s});
  std::ranges::sort(turns, {}, &Turn::at_s);

  double now = 0;
  double used = demand.in_use;
  double per_s = demand.time_wait_per_s + demand.waiting_per_s + demand.open_growth_per_s;
  for (const Turn& turn : turns) {
    const double then = used + per_s * (turn.at_s - now);
    if (then >= demand.capacity) return now + (demand.capacity - used) / per_s;
    now = turn.at_s;
    used = then - turn.freed;
    per_s -= turn.fewer_per_s;
  }
  constexpr double kRoundingError = 1e-6;
  if (demand.open_growth_per_s <= kRoundingError) return std::nullopt;
  return now + (demand.capacity - used) / demand.open_growth_per_s;
}

}  // namespace conntrail::diagnose
