#include "time_wait_census.h"

#include <algorithm>
#include <tuple>

#include "figures.h"
#include "finding_builder.h"
#include "time_wait_state.h"

namespace conntrail::diagnose {
namespace {

void take_waiting(const Evidence& evidence, const Connection& c, const Directions& directions,
                  const LocalCloseWait& close_wait, TimeWaitCensus& census) {
  ++census.waiting;
  if (!close_wait.is_peer_of(c)) ++census.waiting_for_strangers;
  census.waiting_closers.add(c);
  ++census.waiting_places[directions.is_active(c) ? remote_of(c) : local_port_of(c)];
  if (c.closed.known()) census.waiting_ns.push_back((evidence.to - c.closed).count());
}

void take_time_wait(const Evidence& evidence, const Connection& c, MonoTime began, TimeWaitSide& side,
                    TimeWaitCensus& census) {
  ++side.live;
  const MonoTime due = c.time_wait_expires.known() && c.state == TcpState::time_wait
                           ? c.time_wait_expires
                           : (began.known() ? began : evidence.to) + kTimeWaitLength;
  census.due_s.push_back(std::max(0.0, to_seconds(due + kTimerSlack - evidence.to)));
}

}  // namespace

LocalCloseWait::LocalCloseWait(const Evidence& evidence) {
  for (const Connection* c : evidence.connections) {
    if (c->state == TcpState::close_wait) ends_.add(*c);
  }
}

bool LocalCloseWait::is_peer_of(const Connection& connection) const {
  return ends_.peer_of(connection) != nullptr;
}

TimeWaitCensus take_census(const Evidence& evidence, const std::vector<const Connection*>& connections,
                           const Directions& directions, const LocalCloseWait& close_wait) {
  TimeWaitCensus census;
  const MonoTime middle = evidence.from + (evidence.to - evidence.from) / 2;
  std::size_t recent = 0;
  std::size_t recently_reused = 0;
  for (const Connection* c : connections) {
    if (!c->time_wait) continue;
    const Residue residue = residue_at(*c, evidence.to);
    if (residue == Residue::waiting) {
      take_waiting(evidence, *c, directions, close_wait, census);
      continue;
    }
    const bool active = directions.is_active(*c);
    TimeWaitSide& side = active ? census.active : census.passive;
    const MonoTime began = time_wait_began(*c, evidence.to);
    const bool entered = in_interval(evidence, began);
    const bool left = in_interval(evidence, time_wait_ended(*c));
    TimeWaitPlace& place = side.places[active ? remote_of(*c) : local_port_of(*c)];
    ++place.passed;
    if (entered) {
      ++side.entries;
      ++place.entries;
    }
    if (entered && began >= middle) ++recent;
    if (left) ++census.exits;
    if (left && was_reused(*c)) {
      ++census.reused;
      if (time_wait_ended(*c) >= middle) ++recently_reused;
    }
    if (residue != Residue::none) {
      take_time_wait(evidence, *c, began, side, census);
      ++place.live;
    }
    side.closers.add(*c);
    if (c->opened.known() && c->closed.known()) side.lifetimes_ns.push_back((c->closed - c->opened).count());
  }
  census.recent_growth_per_s =
      static_cast<double>(recent - std::min(recent, recently_reused)) / (interval_seconds(evidence) / 2);
  return census;
}

namespace {

template <class Value, class Size>
std::vector<std::pair<Peer, Value>> top(const std::unordered_map<Peer, Value, PeerHash>& places,
                                        std::size_t most, Size size) {
  std::vector<std::pair<Peer, Value>> out(places.begin(), places.end());
  const auto middle = out.begin() + static_cast<std::ptrdiff_t>(std::min(most, out.size()));
  std::ranges::partial_sort(out, middle, [&](const auto& a, const auto& b) {
    return std::tuple(size(b.second), a.first) < std::tuple(size(a.second), b.first);
  });
  out.erase(middle, out.end());
  return out;
}

}  // namespace

std::vector<std::pair<Peer, std::size_t>> top_places(
    const std::unordered_map<Peer, std::size_t, PeerHash>& places, std::size_t most) {
  return top(places, most, [](std::size_t count) { return count; });
}

std::vector<std::pair<Peer, TimeWaitPlace>> top_places(const TimeWaitPlaces& places, std::size_t most) {
  return top(places, most, [](const TimeWaitPlace& place) { return place.passed; });
}

}  // namespace conntrail::diagnose
