#include "retransmit/resets.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "accept_queues.h"
#include "ends_index.h"
#include "figures.h"
#include "finding_builder.h"
#include "full_listeners.h"
#include "host_counters.h"
#include "process_tally.h"
#include "topics.h"

namespace conntrail::diagnose {
namespace {

// Thresholds are explained in docs/diagnose.md.
constexpr std::size_t kManyResets = 20;
constexpr double kResetShare = 0.1;  // of the connections that ended

constexpr std::string_view kReceived = "received from the peer";
// Whatever reason the kernel gives (TCP_STATE, as for SO_LINGER with 0).
constexpr std::string_view kNeverAccepted = "LISTENER_CLOSED";

struct Kind {
  bool sent = false;
  std::string reason;
  bool operator<(const Kind& other) const {
    return std::tie(sent, reason) < std::tie(other.sent, other.reason);
  }
};

struct ResetGroup {
  ProcessTally processes;
  std::size_t count = 0;
};

struct ResetSurvey {
  std::map<Kind, ResetGroup> kinds;
  std::size_t ended = 0;  // connections that had been established and ended in the interval
  std::size_t sent = 0;
  std::size_t received = 0;
};

class ReasonNames {
 public:
  explicit ReasonNames(const Evidence& evidence) : evidence_(evidence) {}
  // The names come from the kernel's BTF: each is asked for once.
  const std::string& name(std::uint32_t reason) {
    const auto found = names_.find(reason);
    if (found != names_.end()) return found->second;
    std::string name = evidence_.reset_reason_name ? evidence_.reset_reason_name(reason) : std::string();
    if (name.empty()) name = fmt::format("reason {}", reason);
    return names_.emplace(reason, std::move(name)).first->second;
  }

 private:
  const Evidence& evidence_;
  std::map<std::uint32_t, std::string> names_;
};

// Closing a listener resets what waits in its accept queue.
bool was_never_accepted(const Connection& c) {
  return has_no_process(c) && c.owner.source == OwnerSource::inherited;
}

// Connections that ended in the interval and may have sent an RST, to credit it to its sender where that is
// on this host.
EndsIndex index_ends(const Evidence& evidence) {
  EndsIndex received;
  for (const Connection* c : evidence.connections) {
    if (c->end_reason == EndReason::reset_by_peer && in_interval(evidence, c->closed)) received.add(*c);
  }
  EndsIndex senders;
  if (received.empty()) return senders;
  for (const Connection* c : evidence.connections) {
    if (received.peer_of(*c) != nullptr) senders.add(*c);
  }
  return senders;
}

ResetSurvey survey_resets(const Evidence& evidence) {
  ResetSurvey survey;
  const EndsIndex senders = index_ends(evidence);
  ReasonNames names(evidence);
  const FullListeners full(evidence);
  for (const Connection* c : evidence.connections) {
    if (!c->established.known() && !c->existed_before) continue;
    if (!in_interval(evidence, c->closed) || c->state == TcpState::listen) continue;
    const Connection* sender = c;
    if (c->end_reason == EndReason::reset_by_peer) {
      sender = senders.peer_of(*c);
      // Its own record tells of it: one RST is one reset.
      if (sender != nullptr && sender->end_reason == EndReason::reset_by_local &&
          in_interval(evidence, sender->closed))
        continue;
    }
    ++survey.ended;
    if (c->end_reason != EndReason::reset_by_local && c->end_reason != EndReason::reset_by_peer) continue;
    if (full.concern(*c)) continue;
    // Where the other end had ended before, its program sent nothing: the kernel answered what came too late.
    const bool sent = sender != nullptr &&
                      (sender == c || sender->reset_sent || sender->end_reason == EndReason::reset_by_local);
    if (!sent) sender = nullptr;
    std::string reason(kReceived);
    if (sent && was_never_accepted(*sender)) {
      reason = kNeverAccepted;
    } else if (sent) {
      reason = sender->reset_reason ? names.name(*sender->reset_reason) : "no reason told";
    }
    ResetGroup& group = survey.kinds[{sent, std::move(reason)}];
    group.processes.add(sent ? *sender : *c);
    ++group.count;
    ++(sent ? survey.sent : survey.received);
  }
  return survey;
}

std::vector<Advice> advice_for(const Kind& kind, const std::string& who) {
  if (!kind.sent)
    return {{"look at the other end: it reset the connections", "conntrail diagnose retransmit on that host",
             "none"}};
  if (kind.reason == kNeverAccepted)
    return {{fmt::format("have {} accept the waiting connections before it closes its listener", who), "",
             "a change of the program; a restart that passes the listener on loses nothing either"}};
  if (kind.reason == "TCP_ABORT_ON_CLOSE")
    return {
        {fmt::format("read to the end before close() in {}, or shutdown(fd, SHUT_WR) and read until 0", who),
         "", "a change of the program"}};
  if (kind.reason == "TCP_ABORT_ON_LINGER" || kind.reason == "TCP_STATE")
    return {{fmt::format("check whether {} sets SO_LINGER to 0 to avoid TIME_WAIT", who),
             "setsockopt(fd, SOL_SOCKET, SO_LINGER, …) with l_onoff = 0",
             "such a close loses data still in flight; without it TIME_WAIT comes back"}};
  return {};
}

}  // namespace

std::string_view meaning_of_reset(std::string_view reason) {
  struct Meaning {
    std::string_view reason;
    std::string_view text;
  };
  static constexpr std::array<Meaning, 16> kMeanings{{
      {kNeverAccepted, "the listener was closed while they waited for accept()"},
      {"TCP_ABORT_ON_CLOSE", "closed with data that the program had not read (RFC 2525, 2.17)"},
      {"TCP_ABORT_ON_LINGER", "SO_LINGER with 0: the program wants an RST instead of a FIN"},
      {"TCP_ABORT_ON_DATA", "data came for a socket that had been closed"},
      {"TCP_ABORT_ON_MEMORY", "too many orphaned sockets, or no memory (tcp_max_orphans, tcp_mem)"},
      {"TCP_STATE", "the program disconnected it: most often SO_LINGER with 0"},
      {"TCP_DISCONNECT_WITH_DATA", "disconnected with data not yet sent"},
      {"TCP_KEEPALIVE_TIMEOUT", "keepalive probes were not answered"},
      {"TCP_TIMEWAIT_SOCKET", "a segment for a connection in TIME_WAIT"},
      {"NO_SOCKET", "a segment for a connection that does not exist"},
      {"TCP_FLAGS", "a segment whose flags do not fit the state"},
      {"TCP_OLD_ACK", "an ACK that does not fit the connection"},
      {"TCP_TOO_OLD_ACK", "an ACK that does not fit the connection"},
      {"TCP_ACK_UNSENT_DATA", "an ACK of data that was never sent"},
      {"TCP_INVALID_ACK_SEQUENCE", "an ACK that does not fit the connection"},
      {"INVALID_SYN", "a SYN in the middle of a connection"},
  }};
  const auto found = std::ranges::find(kMeanings, reason, &Meaning::reason);
  return found == kMeanings.end() ? std::string_view() : found->text;
}

std::optional<Finding> resets(const Evidence& evidence) {
  const ResetSurvey survey = survey_resets(evidence);
  if (survey.kinds.empty()) return std::nullopt;
  std::vector<std::pair<Kind, const ResetGroup*>> kinds;
  kinds.reserve(survey.kinds.size());
  for (const auto& [kind, group] : survey.kinds) kinds.emplace_back(kind, &group);
  std::ranges::stable_sort(kinds, std::ranges::greater{},
                           [](const auto& entry) { return entry.second->count; });
  const auto& [kind, group] = kinds.front();
  const std::size_t count = survey.sent + survey.received;
  const double share = ratio(static_cast<double>(count), static_cast<double>(survey.ended));

  Finding finding = make_finding(evidence, topic::kRetransmit, "resets");
  if (count >= kManyResets && share >= kResetShare) finding.severity = Severity::warning;
  const std::string who = programs_text(group->processes);
  const std::string_view meaning = meaning_of_reset(kind.reason);
  finding.summary = fmt::format(
      "{} of {} that ended {} reset; most by RSTs {} {}{}", count, count_text(survey.ended, "connection"),
      was_or_were(count), kind.sent ? "that " + who + " sent, for" : who + "'s connections",
      kind.sent ? kind.reason : "received", meaning.empty() ? std::string() : fmt::format(" ({})", meaning));
  add_program(finding, group->processes.most());
  add_fact(finding, "resets_sent", survey.sent);
  add_fact(finding, "resets_received", survey.received);
  add_fact(finding, "ended", survey.ended);
  add_fact(finding, "reset_share", share);
  add_fact(finding, "top_reason", std::string_view(kind.reason));
  finding.evidence.columns = {"direction", "reason", "process", "connections", "meaning"};
  for (const auto& [k, g] : kinds) {
    if (finding.evidence.rows.size() == kMostRows) break;
    finding.evidence.rows.push_back({value_of(std::string_view(k.sent ? "sent" : "received")),
                                     value_of(std::string_view(k.reason)), programs_text(g->processes),
                                     value_of(g->count), value_of(meaning_of_reset(k.reason))});
  }
  if (finding.severity != Severity::info)
    finding.advice = advice_for(kind, programs_text(group->processes, "the program"));
  return finding;
}

}  // namespace conntrail::diagnose
