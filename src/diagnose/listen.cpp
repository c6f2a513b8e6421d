// Topic listen.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "figures.h"
#include "finding_builder.h"
#include "host_counters.h"
#include "listener_history.h"
#include "peer.h"
#include "topics.h"

namespace conntrail::diagnose {
namespace {

// Thresholds are explained in docs/diagnose.md.
constexpr std::uint32_t kWorthFilling = 16;  // a smaller backlog fills and empties all the time
constexpr std::size_t kFillingSamples = 2;
constexpr std::uint32_t kManyHalfOpen = 64;
constexpr Nanoseconds kStalledFor{4'500'000'000};  // five samples, a second apart
constexpr double kHalfOpenShare = 0.5;

// What the connections say about a listener.
struct Arrivals {
  std::size_t in_interval = 0;  // connections that were established
  const Owner* owner = nullptr;
};

class ArrivalsByPort {
 public:
  explicit ArrivalsByPort(const Evidence& evidence) {
    for (const Connection* c : evidence.connections) {
      if (c->state == TcpState::listen && c->owner.known()) by_port_[local_port_of(*c)].owner = &c->owner;
      if (c->direction == Direction::passive && in_interval(evidence, c->established))
        ++by_port_[local_port_of(*c)].in_interval;
    }
  }
  [[nodiscard]] Arrivals at(const ListenerHistory& listener) const {
    const auto found = by_port_.find({listener.netns, {{}, listener.newest->local.port}});
    return found == by_port_.end() ? Arrivals{} : found->second;
  }

 private:
  std::unordered_map<Peer, Arrivals, PeerHash> by_port_;
};

// Everything known about one listener.
struct Suspect {
  ListenerHistory history;
  Arrivals arrivals;
  [[nodiscard]] const Owner& owner() const {
    return history.newest->owner.known() || arrivals.owner == nullptr ? history.newest->owner
                                                                      : *arrivals.owner;
  }
  [[nodiscard]] std::string process() const {
    if (!owner().known()) return "a process not seen";
    return fmt::format("{}/{}", owner().comm, owner().pid);
  }
  [[nodiscard]] std::string place() const { return to_string(history.newest->local); }
};

struct Scene {
  const Evidence& evidence;
  const HostCounters& counters;
  std::uint32_t netns;
};

EvidenceTable table_of(const std::vector<Suspect>& suspects) {
  EvidenceTable table;
  table.columns = {"local_addr", "local_port",    "process", "accept_queue", "accept_queue_max",
                   "backlog",    "half_open_max", "drops",   "arrivals"};
  for (const Suspect& s : suspects) {
    if (table.rows.size() == kMostRows) break;
    const ListenerSample& newest = *s.history.newest;
    table.rows.push_back({to_string(newest.local.address), value_of(newest.local.port), s.process(),
                          value_of(newest.accept_queue), value_of(s.history.most_waiting),
                          value_of(newest.backlog), value_of(s.history.most_half_open),
                          value_of(s.history.drops), value_of(s.arrivals.in_interval)});
  }
  return table;
}

Finding finding_of(const Scene& scene, std::string_view id, Severity severity, const Suspect& culprit,
                   const std::vector<Suspect>& all) {
  Finding finding = make_finding(scene.evidence, topic::kListen, id, scene.netns);
  finding.severity = severity;
  const ListenerSample& newest = *culprit.history.newest;
  if (culprit.owner().known()) {
    add_fact(finding, "comm", std::string_view(culprit.owner().comm));
    add_fact(finding, "pid", culprit.owner().pid);
  }
  finding.facts.push_back({"local_addr", to_string(newest.local.address)});
  add_fact(finding, "local_port", newest.local.port);
  add_fact(finding, "accept_queue", newest.accept_queue);
  add_fact(finding, "accept_queue_max", culprit.history.most_waiting);
  add_fact(finding, "backlog", newest.backlog);
  add_fact(finding, "somaxconn", scene.counters.now(setting::kSomaxconn));
  add_fact(finding, "half_open_max", culprit.history.most_half_open);
  add_fact(finding, "drops", culprit.history.drops);
  add_fact(finding, "listen_overflows", scene.counters.growth(counter::kListenOverflows));
  add_fact(finding, "listen_drops", scene.counters.growth(counter::kListenDrops));
  add_fact(finding, "arrivals_per_s",
           static_cast<double>(culprit.arrivals.in_interval) / interval_seconds(scene.evidence));
  finding.evidence = table_of(all);
  return finding;
}

// listen()'s own argument, or the cap the kernel puts on it?
std::vector<Advice> larger_backlog(const Scene& scene, const Suspect& culprit) {
  const std::uint32_t backlog = culprit.history.newest->backlog;
  const std::string who = culprit.process();
  const auto cap = scene.counters.now(setting::kSomaxconn);
  constexpr std::uint32_t kUsual = 4096;
  std::vector<Advice> out;
  if (cap && backlog >= *cap) {
    out.push_back(
        {fmt::format("raise the cap that limits the backlog of {} to {}, and restart it", who, *cap),
         fmt::format("sysctl -w net.core.somaxconn={}", std::max<std::int64_t>(kUsual, *cap * 4)),
         "the new cap applies from the next listen() on; a longer queue hides a slow program and makes its "
         "clients wait"});
  } else {
    out.push_back(
        {fmt::format("give listen() in {} a larger backlog than {}", who, backlog),
         fmt::format("listen(fd, {})", std::max<std::uint32_t>(kUsual, backlog)),
         "a change of the program or its settings; a longer queue hides a slow program and makes its "
         "clients wait"});
  }
  return out;
}

Advice accept_faster(const Suspect& culprit) {
  return {
      fmt::format("let {} call accept() sooner: more threads or processes, or nothing slow between two calls",
                  culprit.process()),
      "", "a change of the program; SO_REUSEPORT gives each process a queue of its own"};
}

// Some have waited for a while, and everything that came in the interval is still waiting: accept() was not
// called once. Only where every arrival was seen: one that is missed looks like one that was not accepted.
bool is_stalled(const Evidence& evidence, const Suspect& s) {
  if (!evidence.events || evidence.lost_events > 0) return false;
  const ListenerHistory& h = s.history;
  return h.waiting_since.known() && !h.fell && h.last - h.waiting_since >= kStalledFor &&
         s.arrivals.in_interval <= h.newest->accept_queue - h.first_waiting;
}

std::string stalled_text(const Suspect& s) {
  return format_duration(s.history.last - s.history.waiting_since);
}

Advice see_where_it_hangs(const Suspect& culprit) {
  return {fmt::format("see what {} waits for", culprit.process()),
          culprit.owner().known()
              ? fmt::format("cat /proc/{0}/wchan; cat /proc/{0}/stack; gdb -p {0}", culprit.owner().pid)
              : std::string(),
          "none"};
}

std::optional<Finding> accept_queue_overflow(const Scene& scene, std::vector<Suspect>& suspects) {
  // A full queue alone turns nobody away; drops alone may have another reason than a full queue.
  const std::int64_t overflows = scene.counters.growth_or_0(counter::kListenOverflows);
  std::vector<Suspect> full;
  for (const Suspect& s : suspects) {
    if (s.history.full_samples > 0 || (s.history.drops > 0 && overflows > 0)) full.push_back(s);
  }
  if (full.empty()) return std::nullopt;
  std::ranges::stable_sort(full, [](const Suspect& a, const Suspect& b) {
    return std::tuple(a.history.drops, a.history.full_samples) >
           std::tuple(b.history.drops, b.history.full_samples);
  });
  const Suspect& worst = full.front();
  const bool turned_away = worst.history.drops > 0 || overflows > 0;
  // A slow accept() makes room for one now and then: nearly full counts as full here.
  const Severity severity =
      turned_away && worst.history.is_filled_now ? Severity::critical : Severity::warning;
  Finding finding = finding_of(scene, "accept-queue-overflow", severity, worst, full);
  const ListenerSample& newest = *worst.history.newest;
  const auto cap = scene.counters.now(setting::kSomaxconn);
  const std::string whose =
      cap && newest.backlog >= *cap ? "the cap net.core.somaxconn" : "the program's own argument to listen()";
  const std::string queue = fmt::format("the accept queue of {} on {}", worst.process(), worst.place());
  const std::string limit = fmt::format("backlog {}, {}", newest.backlog, whose);
  const bool still = ListenerHistory::is_full(newest);
  // A queue that is full only between two samples is known by what it turned away.
  finding.summary = worst.history.most_waiting > newest.backlog
                        ? fmt::format("{} {} full: {} {} for accept() ({})", queue, still ? "is" : "was",
                                      count_text(worst.history.most_waiting, "connection"),
                                      still ? "wait" : "waited", limit)
                        : fmt::format("{} overflows for moments ({})", queue, limit);
  const auto dropped =
      static_cast<std::size_t>(std::max<std::int64_t>(worst.history.drops, full.size() == 1 ? overflows : 0));
  if (dropped > 0)
    finding.summary += fmt::format("; {} for new connections {} dropped", count_text(dropped, "segment"),
                                   was_or_were(dropped));
  if (is_stalled(scene.evidence, worst)) {
    // No backlog is large enough for that.
    finding.summary += fmt::format("; accept() has not been called for at least {}", stalled_text(worst));
    finding.advice = {see_where_it_hangs(worst)};
  } else {
    finding.advice = {accept_faster(worst)};
    for (Advice& advice : larger_backlog(scene, worst)) finding.advice.push_back(std::move(advice));
  }
  finding.notes.push_back(
      scene.counters.now(setting::kTcpAbortOnOverflow).value_or(0) != 0
          ? "tcp_abort_on_overflow is on: clients get an RST."
          : "The kernel drops the client's SYN or last ACK silently, and the client sends it again: it sees "
            "connects that take whole seconds, or a connection that looks established and does not answer.");
  return finding;
}

std::optional<Finding> accept_stalled(const Scene& scene, std::vector<Suspect>& suspects) {
  std::vector<Suspect> stalled;
  for (const Suspect& s : suspects) {
    if (is_stalled(scene.evidence, s)) stalled.push_back(s);
  }
  if (stalled.empty()) return std::nullopt;
  std::ranges::stable_sort(stalled, std::ranges::greater{},
                           [](const Suspect& s) { return s.history.newest->accept_queue; });
  const Suspect& worst = stalled.front();
  Finding finding = finding_of(scene, "accept-stalled", Severity::warning, worst, stalled);
  finding.summary = fmt::format(
      "{} has not called accept() on {} for at least {}: {} are waiting, and so are their clients",
      worst.process(), worst.place(), stalled_text(worst),
      count_text(worst.history.newest->accept_queue, "connection"));
  finding.advice = {see_where_it_hangs(worst)};
  return finding;
}

std::optional<Finding> accept_queue_filling(const Scene& scene, std::vector<Suspect>& suspects) {
  std::vector<Suspect> filling;
  for (const Suspect& s : suspects) {
    if (s.history.filling_samples >= kFillingSamples && s.history.newest->backlog >= kWorthFilling)
      filling.push_back(s);
  }
  if (filling.empty()) return std::nullopt;
  std::ranges::stable_sort(filling, std::ranges::greater{},
                           [](const Suspect& s) { return s.history.filling_samples; });
  const Suspect& worst = filling.front();
  Finding finding = finding_of(scene, "accept-queue-filling", Severity::warning, worst, filling);
  finding.summary =
      fmt::format("the accept queue of {} on {} is nearly full: up to {} of {} places were taken",
                  worst.process(), worst.place(), worst.history.most_waiting, worst.history.newest->backlog);
  finding.advice = {accept_faster(worst)};
  for (Advice& advice : larger_backlog(scene, worst)) finding.advice.push_back(std::move(advice));
  return finding;
}

// The request queue of a listener has the backlog as its limit too (inet_csk_reqsk_queue_is_full()).
bool has_half_open_pile(const Suspect& s) {
  return s.history.most_half_open >= kManyHalfOpen &&
         s.history.most_half_open >= kHalfOpenShare * s.history.newest->backlog;
}

std::optional<Finding> syn_queue(const Scene& scene, std::vector<Suspect>& suspects) {
  const std::int64_t cookies = scene.counters.growth_or_0(counter::kSyncookiesSent);
  const std::int64_t dropped = scene.counters.growth_or_0(counter::kReqQFullDrop);
  std::vector<Suspect> piled;
  for (const Suspect& s : suspects) {
    if (has_half_open_pile(s)) piled.push_back(s);
  }
  if (piled.empty() && cookies + dropped > 0) piled = suspects;
  if (piled.empty()) return std::nullopt;
  std::ranges::stable_sort(piled, std::ranges::greater{},
                           [](const Suspect& s) { return s.history.most_half_open; });
  const Suspect& worst = piled.front();
  Finding finding =
      finding_of(scene, "syn-queue", dropped > 0 ? Severity::critical : Severity::warning, worst, piled);
  finding.summary =
      fmt::format("{} half-open connections (SYN_RECV) wait at {} of {} for the last ACK of their clients",
                  worst.history.most_half_open, worst.place(), worst.process());
  if (cookies > 0) finding.summary += fmt::format("; {} SYNs were answered with cookies", cookies);
  if (dropped > 0) finding.summary += fmt::format("; {} SYNs were dropped", dropped);
  add_fact(finding, "syn_cookies_sent", cookies);
  add_fact(finding, "syns_dropped", dropped);
  add_fact(finding, "syn_cookies_setting", scene.counters.now(setting::kTcpSyncookies));
  add_fact(finding, "max_syn_backlog", scene.counters.now(setting::kTcpMaxSynBacklog));
  finding.advice = {
      {"see where they come from: a few real networks with a broken way back, or a flood of forged addresses",
       fmt::format("conntrail list 'state SYN_RECV and sport = :{}'", worst.history.newest->local.port),
       "none"}};
  if (scene.counters.now(setting::kTcpSyncookies).value_or(1) == 0) {
    finding.advice.push_back(
        {"answer with SYN cookies when the queue is full", "sysctl -w net.ipv4.tcp_syncookies=1",
         "connections made by cookie lack window scaling and SACK unless they use timestamps"});
  } else {
    finding.advice.push_back({fmt::format("give listen() in {} a larger backlog", worst.process()),
                              "listen(fd, 4096)", "more memory for half-open connections, some 0.3 kB each"});
  }
  return finding;
}

std::optional<Finding> accept_queues(const Scene& scene, std::vector<Suspect>& suspects) {
  std::vector<Suspect> used;
  for (const Suspect& s : suspects) {
    if (s.history.most_waiting > 0) used.push_back(s);
  }
  if (used.empty()) return std::nullopt;
  const auto fill = [](const Suspect& s) {
    return ratio(s.history.most_waiting, std::max<std::uint32_t>(1, s.history.newest->backlog));
  };
  std::ranges::stable_sort(used, std::ranges::greater{}, fill);
  const Suspect& worst = used.front();
  Finding finding = finding_of(scene, "accept-queues", Severity::info, worst, used);
  finding.summary =
      fmt::format("the fullest accept queue, of {} on {}, held at most {} of {}", worst.process(),
                  worst.place(), worst.history.most_waiting, worst.history.newest->backlog);
  return finding;
}

}  // namespace

std::vector<Finding> diagnose_listen(const Evidence& evidence) {
  const ArrivalsByPort arrivals(evidence);
  std::unordered_map<std::uint32_t, std::vector<Suspect>> by_netns;
  for (const ListenerHistory& history : listener_histories(evidence))
    by_netns[history.netns].push_back({history, arrivals.at(history)});
  std::vector<Finding> out;
  for (const std::uint32_t netns : namespaces_of(evidence)) {
    std::vector<Suspect>& suspects = by_netns[netns];
    if (suspects.empty()) continue;
    const HostCounters counters(evidence, netns);
    const Scene scene{evidence, counters, netns};
    // A full accept queue makes half-open connections pile up and cookies be sent: one cause, one finding.
    if (auto overflow = accept_queue_overflow(scene, suspects)) {
      out.push_back(std::move(*overflow));
      continue;
    }
    auto filling = accept_stalled(scene, suspects);
    if (!filling) filling = accept_queue_filling(scene, suspects);
    if (filling) out.push_back(std::move(*filling));
    for (const auto& look : {syn_queue, accept_queues}) {
      if (auto finding = look(scene, suspects)) out.push_back(std::move(*finding));
    }
  }
  return out;
}

}  // namespace conntrail::diagnose
