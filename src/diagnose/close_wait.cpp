// Topic close-wait: the peer has closed, the process here has not.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "accept_queues.h"
#include "figures.h"
#include "finding_builder.h"
#include "peer.h"
#include "process_tally.h"
#include "program_groups.h"
#include "topics.h"

namespace conntrail::diagnose {
namespace {

// Thresholds are explained in docs/diagnose.md.
constexpr Nanoseconds kStale{5'000'000'000};  // a program that wants to close has done so by then
constexpr Nanoseconds kLong{60'000'000'000};
constexpr std::size_t kLeakCount = 10;    // stale ones
constexpr std::size_t kLongCount = 3;     // in CLOSE_WAIT for kLong
constexpr std::size_t kNeverCloses = 20;  // came in the interval, none left
constexpr Nanoseconds kNeverClosesAge{1'000'000'000};
constexpr std::size_t kDescriptors = 1024;  // the usual soft limit of open files (RLIMIT_NOFILE)
constexpr double kMinute = 60;

// The sockets of one process at one place.
struct Row {
  std::size_t count = 0;
  MonoTime oldest;
  bool older = false;  // some were there before anybody looked
};

// One program's sockets in CLOSE_WAIT: processes of one name that serve the same ports.
struct Leak {
  ProcessTally processes;
  std::map<std::pair<std::uint32_t, Peer>, Row> rows;  // by process and place
  std::size_t in_use = 0;             // half-closed by the peer, and data still flows the other way
  std::vector<std::int64_t> ages_ns;  // of those whose beginning is known or bounded
  std::size_t now = 0;
  std::size_t before = 0;          // at the beginning of the interval
  std::size_t came = 0;            // in the interval
  std::size_t left = 0;            // in the interval
  std::int64_t recent_growth = 0;  // came less left, in the newer half of the interval
  std::size_t newest = 0;          // came in its last quarter
  std::size_t stale = 0;
  std::size_t long_ones = 0;
  bool inherited = false;  // the owner is the listener's; accept() was not seen
  bool older = false;      // some were there before anybody looked
};

const TrailStep* close_wait_step(const Connection& c) {
  const auto found = std::ranges::find(c.trail, TcpState::close_wait, &TrailStep::state);
  return found == c.trail.end() ? nullptr : &*found;
}

void take_oldest(MonoTime since, MonoTime& oldest) {
  if (since.known() && (!oldest.known() || since < oldest)) oldest = since;
}

// The peer has said all it has to say, and is still being answered.
bool is_in_use(const Evidence& evidence, const Connection& c) {
  const auto found = evidence.watched.find(c.id);
  return found != evidence.watched.end() && found->second.moved.known();
}

void take_present(const Evidence& evidence, const Connection& c, MonoTime since, const Directions& directions,
                  Leak& leak) {
  ++leak.now;
  leak.processes.add(c);
  leak.inherited |= c.owner.source == OwnerSource::inherited;
  Row& row = leak.rows[{process_of(c).pid, directions.is_active(c) ? remote_of(c) : local_port_of(c)}];
  ++row.count;
  take_oldest(since, row.oldest);
  row.older |= !since.known();
  leak.older |= !since.known();
  // One that was there at the first look is at least as old as the interval.
  const Nanoseconds age = evidence.to - (since.known() ? since : evidence.from);
  leak.ages_ns.push_back(age.count());
  if (age >= kStale) ++leak.stale;
  if (age >= kLong) ++leak.long_ones;
}

void take(const Evidence& evidence, const Connection& c, const Directions& directions,
          const AcceptQueues& queues, Leak& leak) {
  const TrailStep* step = close_wait_step(c);
  const bool present = c.state == TcpState::close_wait && !c.ended;
  const MonoTime since = step != nullptr ? step->entered : c.state_since;
  if (present && is_in_use(evidence, c)) {
    ++leak.in_use;
    return;
  }
  if (present && queues.hold(c)) return;  // topic listen tells of it
  if (present) take_present(evidence, c, since, directions, leak);
  const bool was_there = !since.known() || since < evidence.from;
  const MonoTime until = present ? MonoTime{} : (step != nullptr ? step->left : c.closed);
  if (was_there && (present || !until.known() || until >= evidence.from)) ++leak.before;
  if (in_interval(evidence, since)) ++leak.came;
  if (!present) ++leak.left;
  const Recent recent = recent_part(evidence);
  if (in_interval(evidence, since) && since >= recent.from) ++leak.recent_growth;
  if (in_interval(evidence, since) && since >= recent.last_quarter) ++leak.newest;
  if (in_interval(evidence, until) && until >= recent.from) --leak.recent_growth;
}

// 0 when none has come of late: then it is over.
double growth_per_s(const Evidence& evidence, const Leak& leak) {
  if (leak.newest == 0) return 0;
  return 2 * static_cast<double>(leak.recent_growth) / interval_seconds(evidence);
}

Severity severity_of(const Evidence& evidence, const Leak& leak) {
  const std::int64_t oldest = leak.ages_ns.empty() ? 0 : *std::ranges::max_element(leak.ages_ns);
  const bool never_closes = leak.came >= kNeverCloses && leak.left == 0 && oldest >= kNeverClosesAge.count();
  if (leak.stale < kLeakCount && leak.long_ones < kLongCount && !never_closes) return Severity::info;
  const double growth = growth_per_s(evidence, leak);
  const bool full_soon = leak.now >= kDescriptors || static_cast<double>(leak.now) + growth * kMinute >=
                                                         static_cast<double>(kDescriptors);
  return full_soon && leak.now >= kLeakCount ? Severity::critical : Severity::warning;
}

std::string since_text(const Leak& leak, std::int64_t oldest) {
  return (leak.older ? "at least " : "") + format_duration(Nanoseconds(oldest));
}

std::vector<Advice> advice_for(const Program& program) {
  if (program.pid == 0)
    return {{"find out whose sockets these are", "conntrail list state close-wait (as root)", "none"}};
  return {{fmt::format("close the socket in {} when read() returns 0: on every path, errors included",
                       program.label()),
           "close(fd)", "a change of the program"},
          {"look at which descriptors it holds and how many it may",
           fmt::format("ls /proc/{0}/fd | wc -l; grep 'open files' /proc/{0}/limits", program.pid), "none"},
          {"until then, restart it: only that gives the descriptors back", "",
           "its connections end; killing the sockets from outside (ss -K state close-wait) frees the "
           "kernel's part but not the descriptors"}};
}

std::string process_text(std::string_view comm, std::uint32_t pid) {
  return pid == 0 ? std::string("-") : fmt::format("{}/{}", comm, pid);
}

EvidenceTable table_of(const Leak& leak, std::string_view comm) {
  EvidenceTable table;
  table.columns = {"process", "port_or_remote", "close_wait", "oldest_since"};
  std::vector<std::pair<std::pair<std::uint32_t, Peer>, Row>> rows(leak.rows.begin(), leak.rows.end());
  std::ranges::stable_sort(rows, std::ranges::greater{}, [](const auto& row) { return row.second.count; });
  for (const auto& [where, row] : rows) {
    if (table.rows.size() == kMostRows) break;
    const auto& [pid, place] = where;
    const bool server = place.endpoint.address.family == Family::unspecified;
    // The moment is not known where one was there before anybody looked.
    table.rows.push_back({process_text(comm, pid),
                          server ? fmt::format("port {}", place.endpoint.port) : to_string(place.endpoint),
                          value_of(row.count), value_of(row.older ? MonoTime{} : row.oldest)});
  }
  return table;
}

Finding finding_of(const Evidence& evidence, Leak& leak) {
  const Severity severity = severity_of(evidence, leak);
  const bool is_leak = severity != Severity::info;
  Finding finding = make_finding(evidence, topic::kCloseWait, is_leak ? "close-wait-leak" : "close-wait");
  finding.severity = severity;
  const Program program = leak.processes.most();
  const std::string who = program.label();
  const std::int64_t median = quantile(leak.ages_ns, 0.5);
  const std::int64_t oldest = quantile(leak.ages_ns, 1);
  const double growth = growth_per_s(evidence, leak);
  if (is_leak) {
    finding.summary = fmt::format("{} does not close {} that the peers have closed, the oldest for {}{}", who,
                                  count_text(leak.now, "socket"), since_text(leak, oldest),
                                  growth > 0 ? ", and " + rate_text(growth) + " more come" : std::string());
    finding.advice = advice_for(program);
  } else {
    finding.summary = fmt::format("{} has {} in CLOSE_WAIT, the oldest for {}: no leak so far", who,
                                  count_text(leak.now, "socket"), since_text(leak, oldest));
  }
  add_program(finding, program);
  add_fact(finding, "processes", program.processes);
  add_fact(finding, "close_wait", leak.now);
  add_fact(finding, "came", leak.came);
  add_fact(finding, "left", leak.left);
  add_fact(finding, "growth_per_s", growth);
  add_fact(finding, "oldest_s", to_seconds(Nanoseconds(oldest)));
  add_fact(finding, "median_s", to_seconds(Nanoseconds(median)));
  add_fact(finding, "in_use", leak.in_use);
  finding.evidence = table_of(leak, program.comm);
  if (leak.older)
    finding.notes.emplace_back("Some were in CLOSE_WAIT before the first look: their age is a lower bound.");
  if (leak.inherited)
    finding.notes.emplace_back(
        "For some the owner is that of the listener: which process accepted them was not seen.");
  return finding;
}

}  // namespace

std::vector<Finding> diagnose_close_wait(const Evidence& evidence) {
  const Directions directions(evidence);
  std::vector<const Connection*> concerned;
  for (const Connection* c : evidence.connections) {
    if (c->state == TcpState::close_wait || close_wait_step(*c) != nullptr) concerned.push_back(c);
  }
  ProgramGroups programs;
  for (const Connection* c : concerned) programs.add(*c, !directions.is_active(*c));
  std::unordered_map<std::size_t, Leak> leaks;
  const AcceptQueues queues(evidence);
  for (const Connection* c : concerned) take(evidence, *c, directions, queues, leaks[programs.group_of(*c)]);
  std::vector<Finding> out;
  for (auto& [group, leak] : leaks) {
    if (leak.now > 0) out.push_back(finding_of(evidence, leak));
  }
  const auto count_of = [](const Finding& finding) {
    const auto fact = std::ranges::find(finding.facts, "close_wait", &Fact::key);
    return std::get<std::int64_t>(fact->value);
  };
  std::ranges::sort(out, [&](const Finding& a, const Finding& b) {
    return std::tuple(a.severity, count_of(a), b.summary) > std::tuple(b.severity, count_of(b), a.summary);
  });
  std::size_t told = 0;  // of the harmless ones, the few that have the most
  constexpr std::size_t kMostHarmless = 3;
  std::erase_if(out,
                [&](const Finding& f) { return f.severity == Severity::info && ++told > kMostHarmless; });
  return out;
}

}  // namespace conntrail::diagnose
