// Topic queues: octets that wait and do not drain, and who does not read them.
#include <fmt/format.h>

#include <algorithm>

#include "ends_index.h"
#include "figures.h"
#include "finding_builder.h"
#include "full_listeners.h"
#include "peer.h"
#include "process_tally.h"
#include "topics.h"

namespace conntrail::diagnose {
namespace {

// Thresholds are explained in docs/diagnose.md.
constexpr double kStuckS = 5;
constexpr double kLeastStuckS = 2;
constexpr double kStuckShare = 0.6;    // of a short interval
constexpr std::uint32_t kMuch = 4096;  // octets; fewer may be a farewell that nobody needs (a TLS alert)

// A connection whose queue stands still, and its other end where that is on this host.
struct Stuck {
  const Connection* connection = nullptr;
  const Connection* peer = nullptr;
  MonoTime since;
};

// How long a queue must have stood still.
Nanoseconds patience(const Evidence& evidence) {
  return from_seconds(std::clamp(kStuckShare * interval_seconds(evidence), kLeastStuckS, kStuckS));
}

std::uint32_t unread_octets(const Connection& c) {
  // The peer's FIN counts as one.
  return c.receive_queue - std::min<std::uint32_t>(c.receive_queue, c.state == TcpState::close_wait ? 1 : 0);
}

struct QueueSurvey {
  std::vector<Stuck> unread;
  std::vector<Stuck> unsent;  // whose other end is not among the unread
};

QueueSurvey survey_queues(const Evidence& evidence) {
  QueueSurvey survey;
  if (evidence.looks < 2) return survey;
  const FullListeners full(evidence);
  const Nanoseconds least = patience(evidence);
  const auto stuck = [&](MonoTime since) { return since.known() && evidence.last_look - since >= least; };
  EndsIndex readers;
  EndsIndex senders;
  std::vector<Stuck> sending;
  for (const Connection* c : evidence.connections) {
    const auto found = evidence.watched.find(c->id);
    if (found == evidence.watched.end() || c->ended || full.concern(*c)) continue;
    if (stuck(found->second.unread_since)) {
      survey.unread.push_back({c, nullptr, found->second.unread_since});
      readers.add(*c);
    }
    if (stuck(found->second.unsent_since)) {
      sending.push_back({c, nullptr, found->second.unsent_since});
      senders.add(*c);
    }
  }
  for (Stuck& one : survey.unread) one.peer = senders.peer_of(*one.connection);
  for (const Stuck& one : sending) {
    if (readers.peer_of(*one.connection) == nullptr) survey.unsent.push_back(one);
  }
  const auto most_first = [](std::vector<Stuck>& list, auto octets) {
    std::ranges::stable_sort(list, std::ranges::greater{},
                             [&](const Stuck& one) { return octets(*one.connection); });
  };
  most_first(survey.unread, unread_octets);
  most_first(survey.unsent, [](const Connection& c) { return c.send_queue; });
  return survey;
}

std::string process_text(const Connection* c) {
  if (c == nullptr) return "-";
  ProcessTally tally;
  tally.add(*c);
  return tally.known() == 0 ? std::string("-") : programs_text(tally);
}

void add_age(Finding& finding, const Evidence& evidence, const std::vector<Stuck>& list) {
  const MonoTime since = std::ranges::min_element(list, {}, &Stuck::since)->since;
  add_fact(finding, "longest_s", to_seconds(evidence.last_look - since));
  add_fact(finding, "since", since);
}

std::optional<Finding> unread(const Evidence& evidence, const std::vector<Stuck>& list) {
  if (list.empty()) return std::nullopt;
  ProcessTally readers;
  ProcessTally senders;
  std::uint64_t octets = 0;
  std::uint64_t behind = 0;
  for (const Stuck& one : list) {
    readers.add(*one.connection);
    octets += unread_octets(*one.connection);
    if (one.peer == nullptr) continue;
    senders.add(*one.peer);
    behind += one.peer->send_queue;
  }
  Finding finding = make_finding(evidence, topic::kQueues, "unread", list.front().connection->tuple.netns);
  const bool much = unread_octets(*list.front().connection) >= kMuch || senders.total() > 0;
  if (much) finding.severity = Severity::warning;
  const MonoTime since = std::ranges::min_element(list, {}, &Stuck::since)->since;
  const std::string who = programs_text(readers);
  finding.summary =
      fmt::format("{} has not read from {} for {}: {} octets wait there", who,
                  count_text(list.size(), "connection"), format_duration(evidence.last_look - since), octets);
  if (senders.known() > 0)
    finding.summary +=
        fmt::format(", and {} behind them at {}, which cannot send", behind, programs_text(senders));
  const Program reader = readers.most();
  add_program(finding, reader);
  add_fact(finding, "connections", list.size());
  add_fact(finding, "receive_queue", octets);
  add_fact(finding, "send_queue", behind);
  add_age(finding, evidence, list);
  finding.evidence.columns = {"process", "local", "remote", "receive_queue", "sender", "send_queue", "since"};
  for (const Stuck& one : list) {
    if (finding.evidence.rows.size() == kMostRows) break;
    const Connection& c = *one.connection;
    finding.evidence.rows.push_back(
        {process_text(&c), exact_string(c.tuple.local), exact_string(c.tuple.remote),
         value_of(unread_octets(c)), process_text(one.peer),
         one.peer == nullptr ? FactValue{} : value_of(one.peer->send_queue), value_of(one.since)});
  }
  if (!much) return finding;
  finding.advice = {
      {fmt::format("find out what {} does instead of reading: it may be stopped, blocked or busy",
                   programs_text(readers, "the program")),
       reader.pid == 0 ? std::string("conntrail list 'recvq > 0' (as root)")
                       : fmt::format("ps -o pid,stat,wchan:20,cmd -p {0}; cat /proc/{0}/stack", reader.pid),
       "none"}};
  return finding;
}

// Nothing came back: segments were sent again since.
bool is_unanswered(const Stuck& one) {
  return std::ranges::any_of(one.connection->marks, [&](const Mark& mark) {
    return mark.kind == MarkKind::retransmit && mark.time >= one.since;
  });
}

std::optional<Finding> unsent(const Evidence& evidence, const std::vector<Stuck>& list) {
  if (list.empty()) return std::nullopt;
  ProcessTally senders;
  std::uint64_t octets = 0;
  for (const Stuck& one : list) {
    senders.add(*one.connection);
    octets += one.connection->send_queue;
  }
  const Connection& worst = *list.front().connection;
  Finding finding = make_finding(evidence, topic::kQueues, "unsent", worst.tuple.netns);
  finding.severity = Severity::warning;
  const MonoTime since = std::ranges::min_element(list, {}, &Stuck::since)->since;
  const auto unanswered = static_cast<std::size_t>(std::ranges::count_if(list, is_unanswered));
  const bool no_answer = unanswered * 2 > list.size();
  const std::string remote = to_string(worst.tuple.remote);
  finding.summary =
      fmt::format("{} octets of {} on {} have waited for {} and do not go out, most of them to {}: {}",
                  octets, programs_text(senders), count_text(list.size(), "connection"),
                  format_duration(evidence.last_look - since), remote,
                  no_answer ? "what was sent is not acknowledged" : "the process there does not read");
  add_program(finding, senders.most());
  finding.facts.push_back({"remote_addr", to_string(worst.tuple.remote.address)});
  add_fact(finding, "remote_port", worst.tuple.remote.port);
  add_fact(finding, "connections", list.size());
  add_fact(finding, "send_queue", octets);
  add_fact(finding, "unanswered", unanswered);
  add_age(finding, evidence, list);
  finding.evidence.columns = {"process", "local", "remote", "send_queue", "since"};
  for (const Stuck& one : list) {
    if (finding.evidence.rows.size() == kMostRows) break;
    const Connection& c = *one.connection;
    finding.evidence.rows.push_back({process_text(&c), exact_string(c.tuple.local),
                                     exact_string(c.tuple.remote), value_of(c.send_queue),
                                     value_of(one.since)});
  }
  if (no_answer) {
    finding.advice = {
        {fmt::format("see whether {} is up and what becomes of segments on the way",
                     plain_string(worst.tuple.remote.address)),
         fmt::format("ip route get {0}; ip neigh show {0}", plain_string(worst.tuple.remote.address)),
         "none"}};
  } else {
    finding.advice = {{fmt::format("find out why the process at {} does not read", remote),
                       fmt::format("{}conntrail diagnose queues",
                                   is_here(evidence, worst.tuple.remote.address) ? "" : "on that host: "),
                       "none"}};
  }
  return finding;
}

}  // namespace

std::vector<Finding> diagnose_queues(const Evidence& evidence) {
  const QueueSurvey survey = survey_queues(evidence);
  std::vector<Finding> out;
  if (auto finding = unread(evidence, survey.unread)) out.push_back(std::move(*finding));
  if (auto finding = unsent(evidence, survey.unsent)) out.push_back(std::move(*finding));
  return out;
}

}  // namespace conntrail::diagnose
