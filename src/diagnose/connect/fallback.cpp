#include "connect/fallback.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "connect/connect_verdict.h"
#include "figures.h"
#include "finding_builder.h"

namespace conntrail::diagnose {
namespace {

// Thresholds are explained in docs/diagnose.md.
constexpr Nanoseconds kAtOnce{1'000'000'000};
constexpr std::int64_t kFeltNs = 50'000'000;

// One process and the port it wants to reach.
using Errand = std::tuple<std::uint32_t, std::uint32_t, std::uint16_t>;  // netns, pid, port

Errand errand_of(const Connection& c) { return {c.tuple.netns, process_of(c).pid, c.tuple.remote.port}; }

bool is_candidate(const Connection& c) {
  return c.direction == Direction::active && c.tuple.remote.port != 0 && c.opened.known() &&
         process_of(c).pid != 0;
}

bool failed(ConnectVerdict verdict) {
  return verdict == ConnectVerdict::refused || verdict == ConnectVerdict::unreachable ||
         verdict == ConnectVerdict::gave_up || verdict == ConnectVerdict::dropped;
}

struct Attempts {
  std::vector<const Connection*> failed;
  std::vector<const Connection*> established;
};

struct Pair {
  const Connection* failed;
  const Connection* established;
};

// Each established connect is what a program went on to after at most one failed connect of each address:
// the newest that ended within the second before it began, or while it was under way.
std::vector<Pair> pairs_of(Attempts& attempts) {
  const auto by_opening = [](const Connection* c) { return std::tuple(c->opened, c->id); };
  std::ranges::sort(attempts.failed, {}, by_opening);
  std::ranges::sort(attempts.established, {}, by_opening);
  std::vector<Pair> out;
  std::map<IpAddress, std::vector<const Connection*>> open;  // failed ones that nothing followed yet
  auto next = attempts.failed.begin();
  for (const Connection* established : attempts.established) {
    for (; next != attempts.failed.end() && (*next)->opened <= established->opened; ++next)
      open[(*next)->tuple.remote.address.unmapped()].push_back(*next);
    const IpAddress address = established->tuple.remote.address.unmapped();
    std::erase_if(open, [&](const auto& entry) {
      return entry.second.empty() || entry.second.back()->closed + kAtOnce < established->opened;
    });
    for (auto& [other, stack] : open) {
      if (other == address) continue;
      out.push_back({stack.back(), established});
      stack.pop_back();
    }
  }
  return out;
}

void take(const Pair& pair, Fallback& to) {
  to.from = remote_of(*pair.failed);
  to.to = remote_of(*pair.established).endpoint;
  to.processes.add(*pair.failed);
  to.cost_ns.push_back((pair.established->opened - pair.failed->opened).count());
  switch (connect_verdict(*pair.failed)) {
    case ConnectVerdict::refused:
      ++to.refused;
      return;
    case ConnectVerdict::unreachable:
      ++to.unreachable;
      return;
    default:
      ++to.unanswered;
  }
}

std::string what_happened(const Fallback& f) {
  if (f.refused == f.count()) return std::string(was_or_were(f.count())) + " refused";
  if (f.unreachable == f.count()) return std::string(was_or_were(f.count())) + " rejected (ICMP)";
  return f.unanswered == f.count() ? "got no answer" : "failed";
}

std::vector<Advice> advice_for(const Fallback& f) {
  const std::string there = to_string(f.from.endpoint);
  const std::string address = plain_string(f.from.endpoint.address);
  if (f.refused == f.count())
    return {
        {fmt::format("start the service on {}, or take that address out of the name", there), "", "none"}};
  return {{fmt::format("mend the way to {}, or take that address out of the name: each connect waits for it",
                       address),
           fmt::format("ip route get {0}; ip neigh show {0}", address), "none"}};
}

}  // namespace

Fallbacks::Fallbacks(const Evidence& evidence) {
  std::map<Errand, Attempts> errands;
  for (const Connection* c : evidence.connections) {
    if (is_candidate(*c) && in_interval(evidence, c->closed) && failed(connect_verdict(*c)))
      errands[errand_of(*c)].failed.push_back(c);
  }
  if (errands.empty()) return;
  for (const Connection* c : evidence.connections) {
    if (!is_candidate(*c) || connect_verdict(*c) != ConnectVerdict::established) continue;
    if (const auto found = errands.find(errand_of(*c)); found != errands.end())
      found->second.established.push_back(c);
  }
  std::map<std::pair<Peer, Endpoint>, Fallback> places;
  for (auto& [errand, attempts] : errands) {
    for (const Pair& pair : pairs_of(attempts)) {
      failed_.insert(pair.failed);
      take(pair, places[{remote_of(*pair.failed), remote_of(*pair.established).endpoint}]);
    }
  }
  for (auto& [place, entry] : places) all_.push_back(std::move(entry));
  const auto cost = [](const Fallback& f) {
    return std::accumulate(f.cost_ns.begin(), f.cost_ns.end(), std::int64_t{0});
  };
  std::ranges::stable_sort(all_, std::ranges::greater{}, cost);
}

std::optional<Finding> fallback(const Evidence& evidence, Fallbacks& fallbacks) {
  std::vector<Fallback>& all = fallbacks.all();
  if (all.empty()) return std::nullopt;
  Fallback& worst = all.front();
  Finding finding = make_finding(evidence, "connect", "fallback", worst.from.netns);
  const std::int64_t median = quantile(worst.cost_ns, 0.5);
  const std::string who = programs_text(worst.processes);
  finding.summary =
      fmt::format("{} by {} to {} {}, and went on to {}, which answered: {} later each (median)",
                  count_text(worst.count(), "connect"), who, to_string(worst.from.endpoint),
                  what_happened(worst), to_string(worst.to), format_duration(Nanoseconds(median)));
  add_program(finding, worst.processes.most());
  finding.facts.push_back({"remote_addr", to_string(worst.from.endpoint.address)});
  add_fact(finding, "remote_port", worst.from.endpoint.port);
  finding.facts.push_back({"fallback_addr", to_string(worst.to.address)});
  add_fact(finding, "fallbacks", worst.count());
  add_fact(finding, "refused", worst.refused);
  add_fact(finding, "unreachable", worst.unreachable);
  add_fact(finding, "unanswered", worst.unanswered);
  add_fact(finding, "cost_p50_ms", to_milliseconds(Nanoseconds(median)));
  add_fact(finding, "cost_max_ms", to_milliseconds(Nanoseconds(quantile(worst.cost_ns, 1))));
  finding.evidence.columns = {"remote_addr", "remote_port", "fallback_addr", "process",
                              "fallbacks",   "cost_p50_ms", "cost_max_ms"};
  for (Fallback& f : all) {
    if (finding.evidence.rows.size() == kMostRows) break;
    finding.evidence.rows.push_back({to_string(f.from.endpoint.address), value_of(f.from.endpoint.port),
                                     to_string(f.to.address), programs_text(f.processes), value_of(f.count()),
                                     to_milliseconds(Nanoseconds(quantile(f.cost_ns, 0.5))),
                                     to_milliseconds(Nanoseconds(quantile(f.cost_ns, 1)))});
  }
  // A service that listens in one family only, and refuses at once in the other, is felt by nobody. One of
  // several addresses of the same family that does not answer is a service that is down.
  const bool other_family = worst.from.endpoint.address.family != worst.to.address.family;
  const bool both_here = is_loopback(worst.from.endpoint.address) && is_loopback(worst.to.address);
  if (median < kFeltNs && (other_family || both_here)) return finding;
  finding.asks = true;
  finding.advice = advice_for(worst);
  return finding;
}

}  // namespace conntrail::diagnose
