// Topic connect.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "connect/connect_attempts.h"
#include "figures.h"
#include "finding_builder.h"
#include "host_counters.h"
#include "topics.h"

namespace conntrail::diagnose {
namespace {

// Thresholds are explained in docs/diagnose.md.
constexpr std::size_t kFewFailures = 3;
constexpr std::size_t kManyFailures = 10;
constexpr double kMostFail = 0.5;
constexpr double kSomeFail = 0.05;
constexpr double kLostSynShare = 0.2;   // beyond what a path that loses 5 % either way explains
constexpr double kLostSynAlone = 0.02;  // where data there is hardly lost
constexpr double kDataLoss = 0.01;
constexpr std::uint64_t kEnoughSegments = 200;
constexpr std::int64_t kSlowPathNs = 500'000'000;

using Group = std::vector<ConnectAttempts*>;

// Those destinations for which `count` is not 0, the worst first.
Group worst_first(std::vector<ConnectAttempts>& all,
                  const std::function<std::size_t(const ConnectAttempts&)>& count) {
  Group out;
  for (ConnectAttempts& attempts : all) {
    if (count(attempts) > 0) out.push_back(&attempts);
  }
  std::ranges::stable_sort(out, [&](const auto* a, const auto* b) { return count(*a) > count(*b); });
  return out;
}

Severity severity_of_failures(std::size_t failed, const ConnectAttempts& attempts) {
  if (attempts.full_listener_here || failed < kFewFailures) return Severity::info;
  const double share = ratio(static_cast<double>(failed), static_cast<double>(attempts.attempts));
  if (share >= kMostFail && failed >= kManyFailures) return Severity::critical;
  return share >= kSomeFail ? Severity::warning : Severity::info;
}

EvidenceTable table_of(const Group& group) {
  EvidenceTable table;
  table.columns = {"remote_addr",    "remote_port",    "process",        "connects",      "established",
                   "refused",        "unreachable",    "timed_out",      "waiting",       "syn_retransmits",
                   "connect_p50_ms", "connect_p95_ms", "connect_p99_ms", "connect_max_ms"};
  for (ConnectAttempts* attempts : group) {
    if (table.rows.size() == kMostRows) break;
    const Endpoint& remote = attempts->destination.endpoint;
    std::vector<FactValue> row{to_string(remote.address),          value_of(remote.port),
                               programs_text(attempts->processes), value_of(attempts->attempts),
                               value_of(attempts->established),    value_of(attempts->refused),
                               value_of(attempts->unreachable),    value_of(attempts->timed_out),
                               value_of(attempts->unanswered),     value_of(attempts->syn_retransmits)};
    for (const double fraction : {0.5, 0.95, 0.99, 1.0}) {
      if (attempts->latency_ns.empty()) {
        row.emplace_back();
      } else {
        row.push_back(to_milliseconds(Nanoseconds(quantile(attempts->latency_ns, fraction))));
      }
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Finding finding_of(const Evidence& evidence, std::string_view id, Severity severity, const Group& group,
                   const ProcessTally& culprits) {
  const ConnectAttempts& worst = *group.front();
  Finding finding = make_finding(evidence, topic::kConnect, id, worst.destination.netns);
  finding.severity = severity;
  add_program(finding, culprits.most());
  finding.facts.push_back({"remote_addr", to_string(worst.destination.endpoint.address)});
  add_fact(finding, "remote_port", worst.destination.endpoint.port);
  add_fact(finding, "connects", worst.attempts);
  add_fact(finding, "destinations", group.size());
  finding.evidence = table_of(group);
  if (worst.full_listener_here)
    finding.notes.emplace_back(
        "The listener there is on this host and turns connections away: see topic listen.");
  return finding;
}

std::string others_text(const Group& group) {
  return group.size() > 1
             ? fmt::format("; the same for {}", count_text(group.size() - 1, "other destination"))
             : std::string();
}

std::string where_text(const ConnectAttempts& attempts) { return to_string(attempts.destination.endpoint); }

std::optional<Finding> refused(const Evidence& evidence, std::vector<ConnectAttempts>& all) {
  const auto count = [](const ConnectAttempts& a) { return a.refused + a.reset; };
  Group group = worst_first(all, count);
  if (group.empty()) return std::nullopt;
  const ConnectAttempts& worst = *group.front();
  const bool answers_now = worst.last_established.known() && worst.last_established > worst.last_refused;
  const Severity severity = severity_of_failures(count(worst), worst);
  Finding finding =
      finding_of(evidence, "refused", answers_now ? std::min(severity, Severity::warning) : severity, group,
                 worst.failed_processes);
  const std::string_view conclusion = answers_now             ? "but the newest connect succeeded"
                                      : worst.established > 0 ? "though other connects there succeeded"
                                                              : "so nothing listens there";
  finding.summary =
      fmt::format("{} by {} to {} {} refused: an RST came back at once, {}{}",
                  share_text(count(worst), worst.attempts, "connect"), programs_text(worst.failed_processes),
                  where_text(worst), was_or_were(count(worst)), conclusion, others_text(group));
  add_fact(finding, "refused", count(worst));
  if (answers_now) {
    finding.advice = {{fmt::format("start the service before {}, or let that try again after a pause",
                                   programs_text(worst.failed_processes, "the client")),
                       "", "a change of the order in which they start, or of the program"}};
    return finding;
  }
  finding.advice = {
      {fmt::format("start the service on {}, or correct the address in {}", where_text(worst),
                   programs_text(worst.failed_processes, "the client")),
       fmt::format("{}conntrail list 'state LISTEN and sport = :{}'",
                   is_here(evidence, worst.destination.endpoint.address) ? "" : "on that host: ",
                   worst.destination.endpoint.port),
       "none"},
      {"look for a firewall that rejects with a TCP reset", "nft list ruleset", "none"}};
  return finding;
}

std::optional<Finding> unreachable(const Evidence& evidence, std::vector<ConnectAttempts>& all) {
  const auto count = [](const ConnectAttempts& a) { return a.unreachable; };
  Group group = worst_first(all, count);
  if (group.empty()) return std::nullopt;
  const ConnectAttempts& worst = *group.front();
  Finding finding = finding_of(evidence, "unreachable", severity_of_failures(count(worst), worst), group,
                               worst.failed_processes);
  finding.summary = fmt::format(
      "{} by {} to {} ended with an ICMP error: no route, no such neighbour, or a firewall that rejects{}",
      share_text(count(worst), worst.attempts, "connect"), programs_text(worst.failed_processes),
      where_text(worst), others_text(group));
  add_fact(finding, "unreachable", count(worst));
  finding.advice = {
      {"see which way the packets go and whether the neighbour answers",
       fmt::format("ip route get {0}; ip neigh show {0}", plain_string(worst.destination.endpoint.address)),
       "none"}};
  return finding;
}

std::optional<Finding> black_hole(const Evidence& evidence, std::vector<ConnectAttempts>& all) {
  const auto count = [](const ConnectAttempts& a) { return a.answers ? 0 : a.silent(); };
  Group group = worst_first(all, count);
  if (group.empty()) return std::nullopt;
  const ConnectAttempts& worst = *group.front();
  Severity severity = Severity::info;
  // Nothing at all came back: a single waiting connect is enough to know, but a lone one may be a mistake.
  if (!worst.full_listener_here)
    severity = count(worst) >= kFewFailures ? Severity::critical : Severity::warning;
  Finding finding = finding_of(evidence, "black-hole", severity, group, worst.failed_processes);
  finding.summary =
      fmt::format("{} by {} to {} got no answer at all, not even a refusal, after up to {} and {}{}",
                  share_text(count(worst), worst.attempts, "connect"), programs_text(worst.failed_processes),
                  where_text(worst), format_duration(Nanoseconds(worst.longest_wait_ns)),
                  count_text(worst.most_syn_retransmits, "SYN retransmit"), others_text(group));
  add_fact(finding, "unanswered", count(worst));
  add_fact(finding, "timed_out", worst.timed_out);
  add_fact(finding, "syn_retransmits", worst.syn_retransmits);
  add_fact(finding, "longest_wait_s", to_seconds(Nanoseconds(worst.longest_wait_ns)));
  const HostCounters counters(evidence, worst.destination.netns);
  add_fact(finding, "syn_retries", counters.now(setting::kTcpSynRetries));
  finding.advice = {
      {fmt::format("find where the SYNs to {} are dropped: a firewall, a route, or a host that is down",
                   where_text(worst)),
       fmt::format("nft list ruleset; traceroute -T -p {} {}", worst.destination.endpoint.port,
                   plain_string(worst.destination.endpoint.address)),
       "none"},
      {fmt::format("fail sooner: a connect timeout of a few seconds in {}",
                   programs_text(worst.failed_processes, "the client")),
       "setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, 2), or non-blocking connect() with poll()",
       "on a lossy path some connects that would have succeeded fail"}};
  return finding;
}

std::optional<Finding> connect_timeout(const Evidence& evidence, std::vector<ConnectAttempts>& all) {
  const auto count = [](const ConnectAttempts& a) { return a.answers ? a.silent() : 0; };
  Group group = worst_first(all, count);
  if (group.empty()) return std::nullopt;
  const ConnectAttempts& worst = *group.front();
  Finding finding = finding_of(evidence, "connect-timeout", severity_of_failures(count(worst), worst), group,
                               worst.failed_processes);
  finding.summary = fmt::format("{} by {} to {} got no answer, though others did{}",
                                share_text(count(worst), worst.attempts, "connect"),
                                programs_text(worst.failed_processes), where_text(worst), others_text(group));
  add_fact(finding, "unanswered", count(worst));
  add_fact(finding, "timed_out", worst.timed_out);
  add_fact(finding, "syn_retransmits", worst.syn_retransmits);
  finding.advice = {
      {"look at the other end: does its accept queue overflow, or a firewall limit new connections?",
       (is_here(evidence, worst.destination.endpoint.address) ? "" : "on that host: ") +
           std::string("conntrail diagnose listen"),
       "none"}};
  return finding;
}

// Whether more SYNs are lost than the path explains: then the path is not the cause.
Severity severity_of_lost_syns(const ConnectAttempts& a) {
  if (a.full_listener_here || a.established_after_retransmit < kFewFailures) return Severity::info;
  const double share =
      ratio(static_cast<double>(a.established_after_retransmit), static_cast<double>(a.established));
  const bool data_known = a.segments >= kEnoughSegments;
  const double data_loss = ratio(static_cast<double>(a.data_retransmits), static_cast<double>(a.segments));
  if (data_known && data_loss < kDataLoss) return share >= kLostSynAlone ? Severity::warning : Severity::info;
  return share >= kLostSynShare ? Severity::warning : Severity::info;
}

std::optional<Finding> lost_syn(const Evidence& evidence, std::vector<ConnectAttempts>& all) {
  const auto count = [](const ConnectAttempts& a) { return a.established_after_retransmit; };
  Group group = worst_first(all, count);
  if (group.empty()) return std::nullopt;
  const auto by_severity =
      std::ranges::max_element(group, {}, [](const ConnectAttempts* a) { return severity_of_lost_syns(*a); });
  std::iter_swap(group.begin(), by_severity);
  ConnectAttempts& worst = *group.front();
  Finding finding = finding_of(evidence, "lost-syn", severity_of_lost_syns(worst), group, worst.processes);
  const std::int64_t clean = quantile(worst.clean_latency_ns, 0.5);
  finding.summary =
      fmt::format("{} by {} to {} needed a SYN retransmit: the slowest took {}, {}{}",
                  share_text(count(worst), worst.established, "connect"), programs_text(worst.processes),
                  where_text(worst), format_duration(Nanoseconds(quantile(worst.latency_ns, 1))),
                  worst.clean_latency_ns.empty()
                      ? std::string("and none got through with its first SYN")
                      : "those without took " + format_duration(Nanoseconds(clean)) + " (median)",
                  others_text(group));
  add_fact(finding, "after_syn_retransmit", count(worst));
  add_fact(finding, "syn_retransmits", worst.syn_retransmits);
  if (!worst.clean_latency_ns.empty())
    add_fact(finding, "clean_connect_p50_ms", to_milliseconds(Nanoseconds(clean)));
  finding.notes.emplace_back(
      "The first SYN is sent again after 1 s; then, since Linux 6.5, every second up to the fifth time "
      "(net.ipv4.tcp_syn_linear_timeouts), before that after 2 s, 4 s, …: whole seconds of latency are lost "
      "SYNs or SYN-ACKs, not a slow path.");
  finding.advice = {
      {"find out who drops SYNs: a full accept queue, a rate limit, a connection table, or plain loss",
       "conntrail diagnose retransmit; on the other host: conntrail diagnose listen", "none"}};
  return finding;
}

std::optional<Finding> slow_path(const Evidence& evidence, std::vector<ConnectAttempts>& all) {
  const auto median = [](ConnectAttempts& a) { return quantile(a.clean_latency_ns, 0.5); };
  Group group;
  for (ConnectAttempts& a : all) {
    if (a.clean_latency_ns.size() >= kFewFailures && !a.full_listener_here && median(a) >= kSlowPathNs)
      group.push_back(&a);
  }
  if (group.empty()) return std::nullopt;
  std::ranges::stable_sort(group, [&](auto* a, auto* b) { return median(*a) > median(*b); });
  ConnectAttempts& worst = *group.front();
  Finding finding = finding_of(evidence, "slow-path", Severity::warning, group, worst.processes);
  finding.summary = fmt::format(
      "connects by {} to {} take {} (median) although no SYN was lost: the path or the other host is slow{}",
      programs_text(worst.processes), where_text(worst), format_duration(Nanoseconds(median(worst))),
      others_text(group));
  add_fact(finding, "clean_connect_p50_ms", to_milliseconds(Nanoseconds(median(worst))));
  finding.advice = {{"measure the path",
                     fmt::format("mtr -T -P {} {}", worst.destination.endpoint.port,
                                 plain_string(worst.destination.endpoint.address)),
                     "none"},
                    {fmt::format("pay the handshake once: keep connections open in {}",
                                 programs_text(worst.processes, "the client")),
                     "", "a change of the program or its settings"}};
  return finding;
}

std::optional<Finding> latency(const Evidence& evidence, std::vector<ConnectAttempts>& all) {
  Group group = worst_first(all, [](const ConnectAttempts& a) { return a.latency_ns.size(); });
  if (group.empty()) return std::nullopt;
  std::vector<std::int64_t> every;
  for (const ConnectAttempts* a : group)
    every.insert(every.end(), a->latency_ns.begin(), a->latency_ns.end());
  Finding finding = make_finding(evidence, topic::kConnect, "connect-latency");
  finding.summary =
      fmt::format("{} to {} took {} (median), {} at most", count_text(every.size(), "connect"),
                  count_text(group.size(), "destination"), format_duration(Nanoseconds(quantile(every, 0.5))),
                  format_duration(Nanoseconds(quantile(every, 1))));
  add_fact(finding, "connects", every.size());
  add_fact(finding, "connects_per_s", static_cast<double>(every.size()) / interval_seconds(evidence));
  add_fact(finding, "connect_p50_ms", to_milliseconds(Nanoseconds(quantile(every, 0.5))));
  add_fact(finding, "connect_p95_ms", to_milliseconds(Nanoseconds(quantile(every, 0.95))));
  add_fact(finding, "connect_p99_ms", to_milliseconds(Nanoseconds(quantile(every, 0.99))));
  add_fact(finding, "connect_max_ms", to_milliseconds(Nanoseconds(quantile(every, 1))));
  finding.evidence = table_of(group);
  return finding;
}

}  // namespace

std::vector<Finding> diagnose_connect(const Evidence& evidence) {
  Fallbacks fallbacks(evidence);
  std::vector<ConnectAttempts> all = survey_connects(evidence, fallbacks);
  std::vector<Finding> out;
  for (const auto& look : {refused, unreachable, black_hole, connect_timeout, lost_syn, slow_path, latency}) {
    auto finding = look(evidence, all);
    if (!finding) continue;
    if (finding->severity == Severity::info) finding->advice.clear();
    out.push_back(std::move(*finding));
  }
  if (auto finding = fallback(evidence, fallbacks)) out.push_back(std::move(*finding));
  return out;
}

}  // namespace conntrail::diagnose
