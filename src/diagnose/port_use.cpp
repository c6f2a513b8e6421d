#include "port_use.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>

#include "connect/connect_verdict.h"
#include "figures.h"
#include "finding_builder.h"
#include "port_forecast.h"
#include "time_wait_state.h"

namespace conntrail::diagnose {
namespace {

struct PortGroupHash {
  std::size_t operator()(const PortGroup& group) const noexcept {
    return hash_of(group.local, PeerHash()(group.remote));
  }
};

PortGroup group_of(const Connection& connection) {
  return {connection.tuple.local.address.unmapped(), remote_of(connection)};
}

// A group below this many ports endangers nobody and would cost a host with a million connections its time.
constexpr std::size_t kWorthALook = 50;

// One group under closer inspection.
struct Inspection {
  PortUse use;
  PortDemand demand;
  std::size_t entries = 0;         // into TIME_WAIT, in the interval
  std::size_t recent_entries = 0;  // the same, in the recent part
  std::size_t recent_waiting = 0;  // into FIN_WAIT2 that does not end soon
  std::size_t recent_opened = 0;
  std::size_t newest_opened = 0;       // in the last quarter
  std::size_t open_before_recent = 0;  // open when the recent part began
  MonoTime first_recent;
};

// How many more are open now than when the recent part began; 0 where chance explains it. Without a trend the
// number of open connections varies by its square root, and by no more than the square root of those that
// came and went.
double open_growth(const Inspection& inspection) {
  constexpr double kBeyondChance = 3;  // standard deviations
  const auto now = static_cast<double>(inspection.use.open);
  const auto before = static_cast<double>(inspection.open_before_recent);
  const auto came = static_cast<double>(inspection.recent_opened);
  const double went = std::max(0.0, before + came - now);
  const double growth = now - before;
  return growth > kBeyondChance * std::sqrt(std::min(now + before, came + went)) ? growth : 0;
}

class Surveyor {
 public:
  Surveyor(const Evidence& evidence, const HostCounters& counters, PortSurvey& survey)
      : evidence_(evidence), survey_(survey), recent_(recent_part(evidence)) {
    fin_timeout_ = Nanoseconds(counters.now(setting::kTcpFinTimeout).value_or(60) * 1'000'000'000);
  }

  void take(const Connection& c, Inspection& inspection);
  void finish(Inspection& inspection);

 private:
  void take_time_wait(const Connection& c, MonoTime began, Inspection& inspection);
  void take_waiting(const Connection& c, Inspection& inspection);

  const Evidence& evidence_;
  PortSurvey& survey_;
  Recent recent_;
  Nanoseconds fin_timeout_{};
};

void Surveyor::take_time_wait(const Connection& c, MonoTime began, Inspection& inspection) {
  ++inspection.use.time_wait;
  const MonoTime known_due = c.time_wait_expires.known() && c.state == TcpState::time_wait
                                 ? c.time_wait_expires
                                 : (began.known() ? began : evidence_.to) + kTimeWaitLength;
  MonoTime free = known_due + kTimerSlack;
  if (inspection.use.reuse) free = std::min(free, began + survey_.reuse.delay);
  if (inspection.use.reuse && free <= evidence_.to) return;  // connect() may take it
  ++inspection.demand.in_use;
  inspection.demand.releases_s.push_back(to_seconds(free - evidence_.to));
}

void Surveyor::take_waiting(const Connection& c, Inspection& inspection) {
  ++inspection.use.waiting;
  ++inspection.demand.in_use;
  const MonoTime since = c.closed.known() ? c.closed : evidence_.from;
  inspection.demand.releases_s.push_back(to_seconds(since + fin_timeout_ + kTimerSlack - evidence_.to));
  if (since >= recent_.from) ++inspection.recent_waiting;
}

void Surveyor::take(const Connection& c, Inspection& inspection) {
  if (failed_for_want_of_port(c)) {
    if (in_interval(evidence_, c.opened)) ++inspection.use.failed;
    inspection.use.processes.add(c);
    return;
  }
  inspection.use.processes.add(c);
  const MonoTime began = time_wait_began(c, evidence_.to);
  if (in_interval(evidence_, began)) ++inspection.entries;
  if (began.known() && began >= recent_.from) ++inspection.recent_entries;
  if (c.opened >= recent_.from) {
    ++inspection.recent_opened;
    if (!inspection.first_recent.known() || c.opened < inspection.first_recent)
      inspection.first_recent = c.opened;
    if (c.opened >= recent_.last_quarter) ++inspection.newest_opened;
  } else if (!c.closed.known() ? is_open(c) : c.closed > recent_.from) {
    ++inspection.open_before_recent;
  }
  switch (residue_at(c, evidence_.to)) {
    case Residue::none:
      if (!is_open(c)) return;
      ++inspection.use.open;
      ++inspection.demand.in_use;
      return;
    case Residue::time_wait:
    case Residue::settling:
      take_time_wait(c, began, inspection);
      return;
    case Residue::waiting:
      take_waiting(c, inspection);
      return;
  }
}

void Surveyor::finish(Inspection& inspection) {
  PortUse& use = inspection.use;
  PortDemand& demand = inspection.demand;
  use.entries_per_s = static_cast<double>(inspection.entries) / interval_seconds(evidence_);
  MonoTime since = recent_.from;
  // A load that began a moment ago is not averaged over the time before it.
  if (inspection.recent_opened >= kWorthALook) since = std::max(since, inspection.first_recent);
  const double span = std::max(to_seconds(evidence_.to - since), 1e-3);
  const bool is_over = inspection.recent_opened > 0 && inspection.newest_opened == 0;
  if (!is_over) {
    demand.time_wait_per_s = static_cast<double>(inspection.recent_entries) / span;
    demand.waiting_per_s = static_cast<double>(inspection.recent_waiting) / span;
    demand.open_growth_per_s = open_growth(inspection) / span;
  }
  use.recent_per_s = demand.time_wait_per_s + demand.waiting_per_s + demand.open_growth_per_s;
  demand.time_wait_hold_s =
      use.reuse ? to_seconds(survey_.reuse.delay) : to_seconds(kTimeWaitLength + kTimerSlack);
  demand.waiting_hold_s = to_seconds(fin_timeout_ + kTimerSlack);
  const auto capacity = survey_.capacity();
  if (!capacity) return;
  demand.capacity = static_cast<double>(*capacity);
  use.exhausted_in_s = exhausted_in_s(demand);
  demand.capacity /= 2;
  use.slows_in_s = exhausted_in_s(demand);
}

}  // namespace

bool ReuseRule::allows(const PortGroup& group) const {
  if (!timestamps) return false;
  if (setting == 1) return true;
  return setting == 2 && (is_loopback(group.local) || is_loopback(group.remote.endpoint.address));
}

namespace {

// A port that is reserved and taken is subtracted once.
std::int64_t count_not_reserved(const HostCounters& counters, std::int64_t reserved,
                                const std::vector<std::int64_t>& ports) {
  const auto count = static_cast<std::int64_t>(ports.size());
  if (reserved == 0) return count;
  const std::vector<ReservedRun> runs = counters.reserved_runs();
  // Which are reserved is not known: mostly those that services listen on.
  if (runs.empty()) return std::max<std::int64_t>(0, count - reserved);
  return std::ranges::count_if(ports, [&](std::int64_t port) {
    return std::ranges::none_of(runs,
                                [&](const ReservedRun& r) { return r.first <= port && port <= r.last; });
  });
}

}  // namespace

ReuseRule reuse_rule(const HostCounters& counters) {
  ReuseRule rule;
  rule.setting = counters.now(setting::kTcpTwReuse).value_or(0);
  rule.timestamps = counters.now(setting::kTcpTimestamps).value_or(1) != 0;
  rule.delay = Nanoseconds(counters.now(setting::kTcpTwReuseDelay).value_or(1000) * 1'000'000);
  return rule;
}

std::optional<std::int64_t> PortSurvey::capacity() const {
  if (!low || !high || *high < *low) return std::nullopt;
  return std::max<std::int64_t>(0, *high - *low + 1 - reserved - bound);
}

PortSurvey survey_ports(const Evidence& evidence, const std::vector<const Connection*>& connections,
                        const Directions& directions, const HostCounters& counters) {
  PortSurvey survey;
  survey.low = counters.now(setting::kIpLocalPortRangeLow);
  survey.high = counters.now(setting::kIpLocalPortRangeHigh);
  survey.reserved = counters.now(setting::kIpLocalReservedPortsInRange).value_or(0);
  survey.reuse = reuse_rule(counters);
  if (survey.low && survey.high && !connections.empty())
    survey.bound = count_not_reserved(
        counters, survey.reserved,
        directions.bound_ports(connections.front()->tuple.netns, *survey.low, *survey.high));

  std::unordered_map<PortGroup, std::size_t, PortGroupHash> sizes;
  for (const Connection* c : connections) {
    if (!directions.is_active(*c)) continue;
    std::size_t& size = sizes[group_of(*c)];
    size += failed_for_want_of_port(*c) ? kWorthALook : 1;
  }
  std::unordered_map<PortGroup, Inspection, PortGroupHash> inspections;
  for (const auto& [group, size] : sizes) {
    if (size < kWorthALook) continue;
    Inspection& inspection = inspections[group];
    inspection.use.group = group;
    inspection.use.reuse = survey.reuse.allows(group);
  }
  if (inspections.empty()) return survey;

  Surveyor surveyor(evidence, counters, survey);
  for (const Connection* c : connections) {
    if (!directions.is_active(*c)) continue;
    const auto found = inspections.find(group_of(*c));
    if (found != inspections.end()) surveyor.take(*c, found->second);
  }
  for (auto& [group, inspection] : inspections) {
    surveyor.finish(inspection);
    survey.uses.push_back(std::move(inspection.use));
  }
  std::ranges::sort(survey.uses, [](const PortUse& a, const PortUse& b) {
    const auto urgency = [](const PortUse& use) {
      return std::tuple(use.failed == 0, use.exhausted_in_s.value_or(1e18),
                        -static_cast<double>(use.in_use()));
    };
    return std::tuple(urgency(a), a.group.remote) < std::tuple(urgency(b), b.group.remote);
  });
  return survey;
}

}  // namespace conntrail::diagnose
