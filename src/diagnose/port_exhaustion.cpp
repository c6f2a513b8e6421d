#include "port_exhaustion.h"

#include <fmt/format.h>

#include <algorithm>

#include "figures.h"
#include "finding_builder.h"
#include "time_wait_advice.h"
#include "topics.h"

namespace conntrail::diagnose {
namespace {

// Thresholds are explained in docs/diagnose.md.
constexpr double kSoon = 62;           // seconds: within the life of the TIME_WAIT sockets that are there now
constexpr double kForeseeable = 3600;  // seconds
constexpr double kLeastUseSoon = 0.02;  // share of the ports: fewer is a start-up, not a trend
constexpr double kLeastUseLater = 0.2;
constexpr double kNearlyFull = 0.8;
constexpr double kNoted = 0.005;  // per second: less is written as 0

std::optional<Severity> severity_of(const PortUse& use, std::optional<std::int64_t> capacity) {
  if (use.failed > 0) return Severity::critical;
  if (!capacity) return std::nullopt;
  const double used = ratio(static_cast<double>(use.in_use()), static_cast<double>(*capacity));
  if (use.exhausted_in_s) {
    if (*use.exhausted_in_s <= kSoon && used >= kLeastUseSoon) return Severity::critical;
    if (*use.exhausted_in_s <= kForeseeable && used >= kLeastUseLater) return Severity::warning;
  }
  const bool hindered = !use.reuse || use.time_wait == 0;
  return used >= kNearlyFull && hindered ? std::optional(Severity::warning) : std::nullopt;
}

std::string summary_of(const PortUse& use, std::optional<std::int64_t> capacity) {
  const std::string who = programs_text(use.processes);
  const std::string where = to_string(use.group.remote.endpoint);
  const std::string holds =
      fmt::format("{} in TIME_WAIT, {} in FIN_WAIT2, {} open", use.time_wait, use.waiting, use.open);
  // The two counts are of slightly different moments: more than all of them is all of them.
  const bool all = capacity && static_cast<std::int64_t>(use.in_use()) >= *capacity;
  const std::string of =
      all        ? fmt::format("all {} local ports are taken ({})", *capacity, holds)
      : capacity ? fmt::format("{} of {} local ports are taken ({})", use.in_use(), *capacity, holds)
                 : fmt::format("{} local ports are taken ({})", use.in_use(), holds);
  if (use.failed > 0) {
    return fmt::format("{} by {} to {} failed with EADDRNOTAVAIL: {}", count_text(use.failed, "connect"), who,
                       where, of);
  }
  if (use.exhausted_in_s) {
    if (*use.exhausted_in_s <= 0)
      return fmt::format("{} has used up its local ports for {}: connect() fails with EADDRNOTAVAIL; {}", who,
                         where, of);
    if (use.recent_per_s < kNoted)
      return fmt::format("{} runs out of local ports for {}: connect() will fail with EADDRNOTAVAIL; {}", who,
                         where, of);
    return fmt::format("{} takes {} new ports for {}: connect() will fail with EADDRNOTAVAIL in {}; {}", who,
                       rate_text(use.recent_per_s), where, seconds_text(*use.exhausted_in_s), of);
  }
  return fmt::format("{} is running out of local ports for {}: {}", who, where, of);
}

FactValue local_address(const PortUse& use) { return to_string(use.group.local); }

EvidenceTable table_of(const PortSurvey& survey) {
  EvidenceTable table;
  table.columns = {"local_addr", "remote_addr", "remote_port",     "process",       "open",
                   "time_wait",  "fin_wait2",   "failed_connects", "entries_per_s", "exhausted_in_s"};
  for (const PortUse& use : survey.uses) {
    if (table.rows.size() == kMostRows) break;
    const Endpoint& remote = use.group.remote.endpoint;
    table.rows.push_back({local_address(use), to_string(remote.address), value_of(remote.port),
                          use.processes.most().label(), value_of(use.open), value_of(use.time_wait),
                          value_of(use.waiting), value_of(use.failed), value_of(use.entries_per_s),
                          value_of(use.exhausted_in_s)});
  }
  return table;
}

// __inet_hash_connect() tries the ports of one parity first, those of the other are for bind(). With the
// first half taken, each connect() looks through it in vain, about half a microsecond a port (measured
// on 6.18).
std::string about_the_search(double slows_in_s) {
  const std::string when = slows_in_s <= 0
                               ? std::string("Half of the ports are taken")
                               : fmt::format("In {} half of the ports are taken", seconds_text(slows_in_s));
  return when +
         ": from then on connect() searches the whole first half in vain, for milliseconds each time. A "
         "single "
         "process slows down and burns CPU; if its rate falls, the ports run out later, or not at all.";
}

void add_facts(Finding& finding, const PortSurvey& survey, const PortUse& use) {
  add_program(finding, use.processes.most());
  finding.facts.push_back({"local_addr", local_address(use)});
  finding.facts.push_back({"remote_addr", to_string(use.group.remote.endpoint.address)});
  add_fact(finding, "remote_port", use.group.remote.endpoint.port);
  add_fact(finding, "entries_per_s", use.entries_per_s);
  add_fact(finding, "new_ports_per_s", use.recent_per_s);
  add_fact(finding, "ports_in_use", use.in_use());
  add_fact(finding, "ports_open", use.open);
  add_fact(finding, "ports_time_wait", use.time_wait);
  add_fact(finding, "ports_fin_wait2", use.waiting);
  add_fact(finding, "ports_available", survey.capacity());
  add_fact(finding, "ports_reserved", survey.reserved);
  add_fact(finding, "ports_bound", survey.bound);
  add_fact(finding, "failed_connects", use.failed);
  add_fact(finding, "exhausted_in_s", use.failed > 0 ? std::optional(0.0) : use.exhausted_in_s);
  add_fact(finding, "connect_slows_in_s", use.slows_in_s);
  add_fact(finding, "reuse_possible", std::string_view(use.reuse ? "yes" : "no"));
}

}  // namespace

std::optional<Finding> port_exhaustion(const Evidence& evidence, const PortSurvey& survey) {
  const PortUse* worst = nullptr;
  std::optional<Severity> severity;
  for (const PortUse& use : survey.uses) {
    const auto of_use = severity_of(use, survey.capacity());
    if (!of_use || (severity && *severity >= *of_use)) continue;
    severity = of_use;
    worst = &use;
  }
  if (worst == nullptr || !severity) return std::nullopt;
  Finding finding = make_finding(evidence, topic::kTimeWait, "port-exhaustion", worst->group.remote.netns);
  finding.severity = *severity;
  finding.summary = summary_of(*worst, survey.capacity());
  add_facts(finding, survey, *worst);
  finding.evidence = table_of(survey);
  finding.advice = more_ports(programs_text(worst->processes, "the client"),
                              to_string(worst->group.remote.endpoint), survey, *worst);
  if (worst->time_wait > 0) finding.notes.push_back(about_fin_timeout());
  if (worst->failed == 0 && worst->slows_in_s) finding.notes.push_back(about_the_search(*worst->slows_in_s));
  if (worst->reuse) {
    finding.notes.push_back(fmt::format(
        "tcp_tw_reuse lets connect() take over a port after {} in TIME_WAIT; only ports that it may "
        "not take are counted here. It needs timestamps on the peer's side, too.",
        format_duration(survey.reuse.delay)));
  }
  return finding;
}

}  // namespace conntrail::diagnose
