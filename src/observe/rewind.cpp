#include "rewind.h"

#include <vector>

namespace conntrail::observe {

void rewind(Connection& connection, MonoTime then) {
  if (connection.closed > then) {
    connection.ended = false;
    connection.closed = MonoTime{};
    connection.end_reason = EndReason::unknown;
    connection.error = 0;
    connection.time_wait = false;
  }
  if (connection.time_wait_entered > then) connection.time_wait_entered = MonoTime{};
  std::erase_if(connection.marks, [&](const Mark& mark) { return mark.time > then; });
  auto& trail = connection.trail;
  std::erase_if(trail, [&](const TrailStep& step) { return step.entered > then; });
  if (trail.empty() || (trail.back().left.known() && trail.back().left <= then)) return;
  trail.back().left = MonoTime{};
  connection.state = trail.back().state;
  connection.state_since = trail.back().entered;
  connection.gone = false;
}

}  // namespace conntrail::observe
