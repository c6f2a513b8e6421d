// Topic retransmit.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "figures.h"
#include "finding_builder.h"
#include "full_listeners.h"
#include "host_counters.h"
#include "peer.h"
#include "process_tally.h"
#include "retransmit/loss_pattern.h"
#include "retransmit/resets.h"
#include "topics.h"

namespace conntrail::diagnose {
namespace {

// Thresholds are explained in docs/diagnose.md.
constexpr std::uint64_t kFewRetransmits = 10;
constexpr std::uint64_t kManyRetransmits = 50;
constexpr double kLossy = 0.01;
constexpr double kBroken = 0.1;
constexpr std::uint64_t kMeasured = 100;  // segments that make a rate, and a connection a busy one
constexpr double kNeedless = 0.1;         // of the segments of busy connections
constexpr std::size_t kSeveralTimeouts = 3;

// Data sent to one address: the path is the address's, whatever the port.
struct Path {
  Peer peer;  // port 0
  std::size_t connections = 0;
  std::uint64_t segments = 0;
  std::uint64_t retransmits = 0;  // of data and FINs, without SYNs
  // The same of connections that sent enough for it to cost throughput: a needless copy of the last segment
  // of a short one costs nothing.
  std::uint64_t busy_segments = 0;
  std::uint64_t busy_retransmits = 0;
  std::size_t timed_out = 0;  // established connections that ended so
  ProcessTally processes;     // of connections with retransmits
  ProcessTally timed_out_processes;
  [[nodiscard]] std::optional<double> rate() const {
    if (segments < kMeasured) return std::nullopt;
    return ratio(static_cast<double>(retransmits), static_cast<double>(segments));
  }
};

// Never established, as far as anyone saw: its trouble is the topic connect's. One that was found in SYN_SENT
// counts, too.
bool handshake_only(const Connection& c) {
  if (c.established.known() || c.trail_dropped > 0 || c.trail.empty()) return false;
  return std::ranges::all_of(c.trail, [](const TrailStep& step) {
    return step.state == TcpState::syn_sent || step.state == TcpState::syn_recv ||
           step.state == TcpState::close;
  });
}

// By namespace: retransmissions in the interval of connections that died of them.
using Unanswered = std::unordered_map<std::uint32_t, std::int64_t>;

std::int64_t marked_in_interval(const Evidence& evidence, const Connection& c) {
  const auto seen = std::ranges::count_if(c.marks, [&](const Mark& mark) {
    return mark.kind == MarkKind::retransmit && in_interval(evidence, mark.time);
  });
  return seen + c.marks_dropped;
}

struct RetransmitSurvey {
  std::vector<Path> paths;
  Unanswered unanswered;
};

RetransmitSurvey survey_paths(const Evidence& evidence) {
  const FullListeners full(evidence);
  RetransmitSurvey survey;
  std::unordered_map<Peer, Path, PeerHash> paths;
  for (const Connection* c : evidence.connections) {
    if (c->state == TcpState::listen || c->tuple.remote.port == 0 || handshake_only(*c) || full.concern(*c))
      continue;
    Peer peer = remote_of(*c);
    peer.endpoint.port = 0;
    Path& path = paths[peer];
    path.peer = peer;
    ++path.connections;
    // Without an error it ended by tcp_fin_timeout: its data had been acknowledged, and its FIN.
    if (c->end_reason == EndReason::timeout && c->error != 0 && in_interval(evidence, c->closed)) {
      // Told by data-timeout; what it sent in vain says nothing about loss on the way to those that answer.
      ++path.timed_out;
      path.timed_out_processes.add(*c);
      survey.unanswered[c->tuple.netns] += marked_in_interval(evidence, *c);
      continue;
    }
    const std::uint32_t again = c->retransmits - std::min(c->retransmits, c->syn_retransmits);
    path.retransmits += again;
    if (again > 0) path.processes.add(*c);
    if (!c->stats) continue;
    path.segments += c->stats->segments_out;
    if (c->stats->segments_out < kMeasured) continue;
    path.busy_segments += c->stats->segments_out;
    path.busy_retransmits += again;
  }
  // Sorted as pointers: there may be as many paths as connections, and each is large.
  std::vector<Path*> order;
  order.reserve(paths.size());
  for (auto& [peer, path] : paths) order.push_back(&path);
  std::ranges::sort(order, [](const Path* a, const Path* b) {
    return std::tie(b->retransmits, a->peer) < std::tie(a->retransmits, b->peer);
  });
  survey.paths.reserve(order.size());
  for (Path* path : order) survey.paths.push_back(std::move(*path));
  return survey;
}

Severity severity_of_loss(const Path& path, const LossPattern& pattern) {
  if (path.retransmits < kFewRetransmits) return Severity::info;
  // The records' retransmissions may be old; the counters cover the interval.
  if (pattern.known && pattern.data() < static_cast<std::int64_t>(kFewRetransmits)) return Severity::info;
  const auto rate = path.rate() ? path.rate() : pattern.rate();
  if (!rate) return Severity::info;
  // Where most were needless, only the others are loss.
  const double needed = pattern.kind() == "spurious" ? pattern.needed_share() : 1;
  const double lost = static_cast<double>(path.retransmits) * needed;
  if (lost < static_cast<double>(kFewRetransmits) || *rate * needed < kLossy) return Severity::info;
  return *rate * needed >= kBroken && lost >= static_cast<double>(kManyRetransmits) ? Severity::critical
                                                                                    : Severity::warning;
}

Severity severity_of(const Path& path, const LossPattern& pattern) {
  const Severity loss = severity_of_loss(path, pattern);
  if (loss != Severity::info || pattern.kind() != "spurious") return loss;
  const double busy =
      ratio(static_cast<double>(path.busy_retransmits), static_cast<double>(path.busy_segments));
  return busy >= kNeedless && path.busy_retransmits >= kManyRetransmits ? Severity::warning : Severity::info;
}

std::string kind_text(const LossPattern& pattern) {
  const std::string kind = pattern.kind();
  if (kind == "tail")
    return ": mostly tail loss, the last segments of a burst, which a probe or a timeout has to repair";
  if (kind == "path")
    return ": mostly loss on the path, in the middle of a flow, noticed by later segments and repaired at "
           "once";
  if (kind == "spurious")
    return ": mostly needless, the peer had the segments already (reordering, or ACKs delayed or lost)";
  return {};
}

EvidenceTable table_of(const std::vector<Path>& paths) {
  EvidenceTable table;
  table.columns = {"remote_addr", "process", "connections", "segments_out", "retransmits", "retransmit_rate"};
  for (const Path& path : paths) {
    if (table.rows.size() == kMostRows || path.retransmits == 0) break;
    table.rows.push_back({to_string(path.peer.endpoint.address), programs_text(path.processes),
                          value_of(path.connections), value_of(path.segments), value_of(path.retransmits),
                          value_of(path.rate())});
  }
  return table;
}

std::vector<Advice> advice_for(const Path& path, const LossPattern& pattern, std::size_t lossy,
                               std::size_t measured) {
  const std::string address = plain_string(path.peer.endpoint.address);
  std::vector<Advice> out;
  if (severity_of_loss(path, pattern) == Severity::info) {
    // Nothing to look for where nothing was lost.
  } else if (measured > 1 && lossy == measured) {
    out.push_back({"look near this host: every destination loses",
                   "ip -s link; nft list ruleset; nstat -az TcpExt*", "none"});
  } else {
    out.push_back({fmt::format("find where segments to {} are lost", address),
                   fmt::format("mtr -T {}; ip -s link; nft list ruleset", address), "none"});
  }
  if (pattern.kind() == "tail")
    out.push_back({"make a lost tail cheaper: RACK with tail loss probes (the default)",
                   "sysctl -w net.ipv4.tcp_early_retrans=3", "a few segments sent twice"});
  if (pattern.kind() == "spurious")
    out.push_back({"look for reordering (several paths, bonding) and for delayed ACKs",
                   "nstat -az TcpExtTCPDSACKRecv TcpExtTCPSpuriousRTOs TcpExtTCPSACKReorder", "none"});
  return out;
}

// Once for each namespace: there may be a million paths.
class Patterns {
 public:
  Patterns(const Evidence& evidence, const Unanswered& unanswered)
      : evidence_(evidence), unanswered_(unanswered) {}
  const LossPattern& of(std::uint32_t netns) {
    const auto found = patterns_.find(netns);
    if (found != patterns_.end()) return found->second;
    LossPattern pattern = loss_pattern(HostCounters(evidence_, netns));
    if (const auto dead = unanswered_.find(netns); dead != unanswered_.end()) pattern.leave_out(dead->second);
    return patterns_.emplace(netns, pattern).first->second;
  }

 private:
  const Evidence& evidence_;
  const Unanswered& unanswered_;
  std::unordered_map<std::uint32_t, LossPattern> patterns_;
};

std::optional<Finding> loss(const Evidence& evidence, const RetransmitSurvey& survey) {
  const std::vector<Path>& paths = survey.paths;
  if (paths.empty() || paths.front().retransmits == 0) return std::nullopt;
  Patterns patterns(evidence, survey.unanswered);
  const Path* worst = &paths.front();
  Severity severity = Severity::info;
  for (const Path& path : paths) {
    const Severity of_path = severity_of(path, patterns.of(path.peer.netns));
    if (of_path <= severity) continue;
    severity = of_path;
    worst = &path;
  }
  const LossPattern& pattern = patterns.of(worst->peer.netns);
  const auto lossy = static_cast<std::size_t>(
      std::ranges::count_if(paths, [](const Path& p) { return p.rate().value_or(0) >= kLossy; }));
  const auto measured = static_cast<std::size_t>(
      std::ranges::count_if(paths, [](const Path& p) { return p.rate().has_value(); }));

  Finding finding = make_finding(evidence, topic::kRetransmit, "loss", worst->peer.netns);
  finding.severity = severity;
  const std::string who = programs_text(worst->processes);
  const std::optional<double> rate = worst->rate();
  const std::string of =
      rate ? fmt::format("{} of the segments that {} sent to {} were retransmissions ({} of {})",
                         percent_text(*rate), who, plain_string(worst->peer.endpoint.address),
                         worst->retransmits, worst->segments)
           : fmt::format("{} by {} to {}", count_text(worst->retransmits, "retransmission"), who,
                         plain_string(worst->peer.endpoint.address));
  finding.summary = of + kind_text(pattern);
  add_program(finding, worst->processes.most());
  finding.facts.push_back({"remote_addr", to_string(worst->peer.endpoint.address)});
  add_fact(finding, "retransmits", worst->retransmits);
  add_fact(finding, "segments_out", worst->segments);
  add_fact(finding, "retransmit_rate", worst->rate());
  add_fact(finding, "destinations_lossy", lossy);
  add_fact(finding, "destinations_measured", measured);
  if (!pattern.kind().empty()) add_fact(finding, "pattern", std::string_view(pattern.kind()));
  add_facts(finding, pattern);
  finding.evidence = table_of(paths);
  if (severity != Severity::info) finding.advice = advice_for(*worst, pattern, lossy, measured);
  finding.notes.emplace_back(
      "A connection's counts cover its whole life, also the time before the interval; the host's counters "
      "(fast_retransmits and the like) cover the interval and all connections of the network namespace.");
  return finding;
}

std::optional<Finding> data_timeout(const Evidence& evidence, const std::vector<Path>& paths) {
  const auto worst = std::ranges::max_element(paths, {}, &Path::timed_out);
  if (worst == paths.end() || worst->timed_out == 0) return std::nullopt;
  Finding finding = make_finding(evidence, topic::kRetransmit, "data-timeout", worst->peer.netns);
  if (worst->timed_out >= kSeveralTimeouts) finding.severity = Severity::warning;
  finding.summary =
      fmt::format("{} by {} to {} died without an answer (ETIMEDOUT): the path broke, or the host went away",
                  count_text(worst->timed_out, "established connection"),
                  programs_text(worst->timed_out_processes), plain_string(worst->peer.endpoint.address));
  add_program(finding, worst->timed_out_processes.most());
  finding.facts.push_back({"remote_addr", to_string(worst->peer.endpoint.address)});
  add_fact(finding, "timed_out", worst->timed_out);
  finding.evidence.columns = {"remote_addr", "process", "timed_out"};
  for (const Path& path : paths) {
    if (path.timed_out == 0) continue;
    if (finding.evidence.rows.size() == kMostRows) break;
    finding.evidence.rows.push_back({to_string(path.peer.endpoint.address),
                                     programs_text(path.timed_out_processes), value_of(path.timed_out)});
  }
  finding.advice = {
      {"check whether the host is up and whether a firewall or NAT forgets idle connections",
       fmt::format("ip route get {0}; ip neigh show {0}", plain_string(worst->peer.endpoint.address)),
       "none"},
      {fmt::format("notice it sooner in {}: keepalive, or a limit on unanswered data",
                   programs_text(worst->timed_out_processes, "the program")),
       "setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, milliseconds)",
       "connections also die in outages that they would have survived"}};
  return finding;
}

}  // namespace

std::vector<Finding> diagnose_retransmit(const Evidence& evidence) {
  const RetransmitSurvey survey = survey_paths(evidence);
  std::vector<Finding> out;
  if (auto finding = loss(evidence, survey)) out.push_back(std::move(*finding));
  if (auto finding = data_timeout(evidence, survey.paths)) out.push_back(std::move(*finding));
  if (auto finding = resets(evidence)) out.push_back(std::move(*finding));
  return out;
}

}  // namespace conntrail::diagnose
