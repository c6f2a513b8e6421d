#include "trail.h"

#include <algorithm>

#include "state_order.h"

namespace conntrail::track {
namespace {

using Steps = std::vector<TrailStep>;

void let_go_oldest(Connection& connection, std::size_t limit) {
  limit = std::max<std::size_t>(limit, 1);
  while (connection.trail.size() > limit) {
    connection.trail.erase(connection.trail.begin());
    ++connection.trail_dropped;
  }
}

// Whether `step` comes after an entry into `state` at `time` (unknown: only the order of states can tell).
bool comes_after(const TrailStep& step, TcpState state, MonoTime time) {
  if (step.entered.known() && time.known() && step.entered != time) return step.entered > time;
  if (!step.entered.known() && step.left.known() && time.known() && step.left <= time) return false;
  return state_order(step.state) > state_order(state);
}

Steps::iterator place_for(Steps& steps, TcpState state, MonoTime time) {
  auto place = steps.end();
  while (place != steps.begin() && comes_after(*std::prev(place), state, time)) --place;
  return place;
}

bool can_enter(const TrailStep& step, TcpState to, MonoTime time) {
  return step.state == to && (!step.entered.known() || step.entered == time) &&
         (!step.left.known() || step.left >= time);
}

bool can_leave(const TrailStep& step, TcpState from, MonoTime time) {
  return step.state == from && (!step.left.known() || step.left == time) &&
         (!step.entered.known() || step.entered <= time);
}

}  // namespace

TrailResult add_transition(Connection& connection, TcpState from, TcpState to, MonoTime time,
                           std::size_t limit) {
  Steps& steps = connection.trail;
  const bool birth = is_birth(from, to) || from == TcpState::unknown;
  TrailResult result;
  if (!birth && !steps.empty() && can_leave(steps.back(), from, time) && !steps.back().left.known()) {
    TrailStep& last = steps.back();  // the usual case: events in their order
    if (last.entered.known()) result.after = time - last.entered;
    last.left = time;
    steps.push_back({to, time, {}});
    let_go_oldest(connection, limit);
    return result;
  }
  auto entered = std::ranges::find_if(steps, [&](const TrailStep& s) { return can_enter(s, to, time); });
  if (entered == steps.end()) {
    entered = steps.insert(place_for(steps, to, time), TrailStep{to, time, {}});
  } else if (entered->entered.known()) {
    result.duplicate = birth || (entered != steps.begin() && std::prev(entered)->state == from &&
                                 std::prev(entered)->left == time);
  }
  entered->entered = time;
  if (!birth) {
    if (entered == steps.begin() || !can_leave(*std::prev(entered), from, time)) {
      entered = std::next(steps.insert(entered, TrailStep{from, {}, time}));
    }
    TrailStep& before = *std::prev(entered);
    before.left = time;
    if (before.entered.known()) result.after = time - before.entered;
  }
  let_go_oldest(connection, limit);
  return result;
}

void add_state(Connection& connection, TcpState state, std::size_t limit) {
  Steps& steps = connection.trail;
  if (!steps.empty() && steps.back().state == state) return;
  steps.push_back({state, {}, {}});
  let_go_oldest(connection, limit);
}

void add_passed_state(Connection& connection, TcpState state, std::size_t limit) {
  Steps& steps = connection.trail;
  if (std::ranges::any_of(steps, [&](const TrailStep& s) { return s.state == state; })) return;
  steps.insert(place_for(steps, state, {}), TrailStep{state, {}, {}});
  let_go_oldest(connection, limit);
}

bool has_hole(const Connection& connection) {
  const Steps& steps = connection.trail;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].entered.known()) continue;
    if (i > 0 || (!connection.existed_before && connection.trail_dropped == 0)) return true;
  }
  return false;
}

}  // namespace conntrail::track
