// Topic time-wait.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "figures.h"
#include "finding_builder.h"
#include "host_counters.h"
#include "port_exhaustion.h"
#include "time_wait_advice.h"
#include "time_wait_buckets.h"
#include "time_wait_census.h"
#include "time_wait_port.h"
#include "time_wait_state.h"
#include "topics.h"

namespace conntrail::diagnose {
namespace {

// Thresholds are explained in docs/diagnose.md.
constexpr double kStormPerS = 1000;      // entries; a minute of them is 60 000 sockets
constexpr double kBucketsFilling = 0.5;  // of tcp_max_tw_buckets, when it settles
constexpr double kBucketsNearlyFull = 0.9;
constexpr std::size_t kManyWaiting = 1000;  // in FIN_WAIT2
constexpr double kShortLife = 1;            // second

// One namespace under examination.
struct Scene {
  const Evidence& evidence;
  std::uint32_t netns;
  const std::vector<const Connection*>& connections;
  const Directions& directions;
  const TimeWaitCensus& census;
  const Buckets& buckets;
  const HostCounters& counters;
  bool ports_run_out;  // before the buckets do: those are no danger then
  [[nodiscard]] double per_s(std::size_t count) const {
    return static_cast<double>(count) / interval_seconds(evidence);
  }
};

// "24 are", "1 is", "none is".
std::string are_text(std::size_t count) {
  if (count == 0) return "none is";
  return fmt::format("{} {}", count, count == 1 ? "is" : "are");
}

std::string place_text(const Peer& place) {
  if (place.endpoint.address.family == Family::unspecified)
    return fmt::format("port {}", place.endpoint.port);
  return to_string(place.endpoint);
}

// The same for the evidence, which scripts get, too.
FactValue place_cell(const Peer& place) {
  const bool whole = place.endpoint.address.family != Family::unspecified;
  return whole ? exact_string(place.endpoint) : place_text(place);
}

void add_lifetimes(Finding& finding, std::vector<std::int64_t> lifetimes) {
  if (lifetimes.empty()) return;
  add_fact(finding, "lifetime_p50_s", to_seconds(Nanoseconds(quantile(lifetimes, 0.5))));
  add_fact(finding, "lifetime_p95_s", to_seconds(Nanoseconds(quantile(lifetimes, 0.95))));
}

void add_bucket_facts(Finding& finding, const Scene& scene) {
  add_fact(finding, "live", scene.buckets.live);
  add_fact(finding, "max_tw_buckets", scene.buckets.limit);
  add_fact(finding, "bucket_overflows", scene.buckets.overflows);
  if (!scene.ports_run_out) add_fact(finding, "buckets_full_in_s", scene.buckets.full_in_s);
}

void add_closer_facts(Finding& finding, const ProcessTally& closers) {
  const Program program = closers.most();
  add_program(finding, program);
  if (program.pid == 0) return;
  add_fact(finding, "process_share",
           ratio(static_cast<double>(program.count), static_cast<double>(closers.known())));
}

void add_side_facts(Finding& finding, const Scene& scene, const TimeWaitSide& side) {
  add_closer_facts(finding, side.closers);
  add_fact(finding, "entries_per_s", scene.per_s(side.entries));
  add_lifetimes(finding, side.lifetimes_ns);
}

EvidenceTable table_of(const Scene& scene) {
  EvidenceTable table;
  table.columns = {"closed_first_by", "role", "remote_or_port", "time_wait_now", "came"};
  const auto add = [&](const TimeWaitSide& side, std::string_view role) {
    const std::string process = programs_text(side.closers);
    for (const auto& [place, counts] : top_places(side.places, kMostRows / 2)) {
      table.rows.push_back(
          {process, value_of(role), place_cell(place), value_of(counts.live), value_of(counts.entries)});
    }
  };
  if (scene.census.active.closers.total() > 0) add(scene.census.active, "client");
  if (scene.census.passive.closers.total() > 0) add(scene.census.passive, "server");
  return table;
}

bool buckets_are_short(const Scene& scene) {
  const Buckets& buckets = scene.buckets;
  if (buckets.overflows.value_or(0) > 0) return true;
  if (!buckets.limit || scene.ports_run_out) return false;
  return buckets.full_in_s.has_value() ||
         static_cast<double>(buckets.live) >= kBucketsNearlyFull * static_cast<double>(*buckets.limit);
}

bool server_dominates(const Scene& scene) {
  const TimeWaitCensus& census = scene.census;
  return census.entries() > 0 ? census.passive.entries * 2 > census.entries()
                              : census.passive.live * 2 > census.live();
}

std::optional<Finding> server_closes_first(const Scene& scene) {
  const TimeWaitSide& side = scene.census.passive;
  if (!server_dominates(scene)) return std::nullopt;
  const auto places = top_places(side.places, 1);
  if (places.empty()) return std::nullopt;
  Finding finding = make_finding(scene.evidence, topic::kTimeWait, "server-closes-first", scene.netns);
  const bool filling = scene.buckets.limit && scene.buckets.settles_at >=
                                                  kBucketsFilling * static_cast<double>(*scene.buckets.limit);
  if (scene.per_s(side.entries) >= kStormPerS || filling) finding.severity = Severity::warning;
  // The port's own figures; those of the namespace are facts.
  const auto& [place, counts] = places.front();
  const std::uint16_t port = place.endpoint.port;
  TimeWaitPort at_port = survey_port(scene.evidence, scene.connections, scene.directions, place);
  const std::string who = programs_text(at_port.closers);
  finding.summary = fmt::format("{} closes first on port {}: {}{} in TIME_WAIT at the server", who, port,
                                counts.entries > 0 ? rate_text(scene.per_s(counts.entries)) + " enter, " : "",
                                are_text(counts.live));
  if (at_port.openers.known() > 0) {
    finding.summary += fmt::format(", opened by {}", programs_text(at_port.openers));
    const std::uint32_t elsewhere = at_port.openers_netns == scene.netns ? 0 : at_port.openers_netns;
    if (const std::string where = namespace_text(scene.evidence, elsewhere); !where.empty())
      finding.summary += " in network namespace " + where;
  }
  finding.summary += "; they cost memory and buckets, not the clients' ports";
  if (!scene.ports_run_out && scene.buckets.full_in_s)
    finding.summary +=
        fmt::format(", and tcp_max_tw_buckets is reached in {}", seconds_text(*scene.buckets.full_in_s));
  add_fact(finding, "local_port", port);
  add_closer_facts(finding, at_port.closers);
  add_fact(finding, "entries_per_s", scene.per_s(counts.entries));
  add_fact(finding, "port_live", counts.live);
  if (at_port.openers.known() > 0) {
    const Program opener = at_port.openers.most();
    add_fact(finding, "opener_comm", opener.comm);
    add_fact(finding, "opener_pid", opener.pid);
  }
  add_lifetimes(finding, at_port.lifetimes_ns);
  add_bucket_facts(finding, scene);
  finding.evidence = table_of(scene);
  finding.advice = let_the_client_close(programs_text(at_port.closers, "the server"),
                                        programs_text(at_port.openers, "its clients"), port);
  if (finding.severity != Severity::info) {
    constexpr double kRoom = 1.2;
    const double wanted = std::max(scene.buckets.settles_at, static_cast<double>(scene.buckets.live)) * kRoom;
    if (filling) finding.advice.push_back(more_buckets(static_cast<std::int64_t>(wanted)));
  }
  finding.notes.push_back(about_fin_timeout());
  finding.notes.emplace_back(
      "tcp_tw_reuse does not help here: it is for the side that calls connect(). A new SYN from the same "
      "address and port is accepted in TIME_WAIT anyway.");
  return finding;
}

std::optional<Finding> bucket_overflow(const Scene& scene, bool told_by_server) {
  if (!buckets_are_short(scene)) return std::nullopt;
  const std::int64_t overflows = scene.buckets.overflows.value_or(0);
  if (told_by_server && overflows == 0) return std::nullopt;
  Finding finding = make_finding(scene.evidence, topic::kTimeWait, "bucket-overflow", scene.netns);
  finding.severity = Severity::warning;
  const TimeWaitSide& side = server_dominates(scene) ? scene.census.passive : scene.census.active;
  const std::string who = programs_text(side.closers);
  const std::int64_t limit = scene.buckets.limit.value_or(0);
  if (overflows > 0) {
    finding.summary = fmt::format(
        "{} went without a TIME_WAIT bucket in the interval: {} of {} are in use; most were closed first by "
        "{}",
        count_text(static_cast<std::size_t>(overflows), "closed connection"), scene.buckets.live, limit, who);
  } else {
    finding.summary = fmt::format(
        "{} of {} TIME_WAIT buckets are in use{}, closed first by {}: all will be in use {}",
        scene.buckets.live, limit,
        scene.census.entries() > 0
            ? fmt::format(" and {} are added", rate_text(scene.per_s(scene.census.entries())))
            : std::string(),
        who, scene.buckets.full_in_s ? "in " + seconds_text(*scene.buckets.full_in_s) : std::string("soon"));
  }
  add_side_facts(finding, scene, side);
  add_bucket_facts(finding, scene);
  finding.evidence = table_of(scene);
  constexpr double kRoom = 1.2;
  const double wanted = std::max(scene.buckets.settles_at, static_cast<double>(limit)) * kRoom;
  finding.advice = {more_buckets(static_cast<std::int64_t>(wanted)),
                    reuse_connections(programs_text(side.closers, "the clients"))};
  finding.notes.emplace_back(
      "A socket without a bucket goes straight to CLOSE: its port is free at once, but a late segment of the "
      "old connection is answered by an RST, and a lost last ACK leaves the peer in LAST_ACK until it gives "
      "up.");
  finding.notes.push_back(about_fin_timeout());
  return finding;
}

std::optional<Finding> fin_wait2(const Scene& scene) {
  TimeWaitCensus const& census = scene.census;
  if (census.waiting == 0) return std::nullopt;
  Finding finding = make_finding(scene.evidence, topic::kTimeWait, "fin-wait2", scene.netns);
  if (census.waiting_for_strangers >= kManyWaiting) finding.severity = Severity::warning;
  const auto places = top_places(census.waiting_places, kMostRows);
  const std::string who = programs_text(census.waiting_closers);
  std::vector<std::int64_t> ages = census.waiting_ns;
  const std::int64_t timeout = scene.counters.now(setting::kTcpFinTimeout).value_or(60);
  finding.summary = fmt::format(
      "{} closed by {} {} in FIN_WAIT2 for a peer that does not close, most of them at {}; the kernel drops "
      "them "
      "after {} s",
      count_text(census.waiting, "socket"), who, census.waiting == 1 ? "waits" : "wait",
      place_text(places.front().first), timeout);
  add_program(finding, census.waiting_closers.most());
  add_fact(finding, "fin_wait2", census.waiting);
  add_fact(finding, "peers_elsewhere", census.waiting_for_strangers);
  if (!ages.empty()) {
    add_fact(finding, "waiting_p50_s", to_seconds(Nanoseconds(quantile(ages, 0.5))));
    add_fact(finding, "waiting_max_s", to_seconds(Nanoseconds(quantile(ages, 1))));
  }
  add_fact(finding, "fin_timeout_s", timeout);
  finding.evidence.columns = {"remote_or_port", "fin_wait2"};
  for (const auto& [place, count] : places)
    finding.evidence.rows.push_back({place_cell(place), value_of(count)});
  finding.advice = {{"find out why the peer does not close: it leaks sockets in CLOSE_WAIT", "", "none"}};
  if (finding.severity != Severity::info) {
    finding.advice.push_back({"give up sooner on such peers", "sysctl -w net.ipv4.tcp_fin_timeout=15",
                              "a peer that still sends after that is answered by an RST"});
  }
  if (census.waiting_for_strangers < census.waiting) {
    finding.notes.push_back(
        fmt::format("{} of these peers are on this host, in CLOSE_WAIT: see topic close-wait.",
                    census.waiting - census.waiting_for_strangers));
  }
  return finding;
}

Finding overview(const Scene& scene) {
  const TimeWaitCensus& census = scene.census;
  Finding finding = make_finding(scene.evidence, topic::kTimeWait, "time-wait", scene.netns);
  const bool server = server_dominates(scene);
  const TimeWaitSide& side = server ? census.passive : census.active;
  const auto places = top_places(side.places, 1);
  const auto rate = [&](std::size_t count) { return count == 0 ? "none" : rate_text(scene.per_s(count)); };
  finding.summary =
      fmt::format("{} in TIME_WAIT; {} enter and {} leave it", count_text(census.live(), "socket"),
                  rate(census.entries()), rate(census.exits));
  if (!places.empty())
    finding.summary +=
        fmt::format("; most were closed first by {}, {} {}", programs_text(side.closers),
                    server ? "as server on" : "as client of", place_text(places.front().first));
  add_side_facts(finding, scene, side);
  std::erase_if(finding.facts, [](const Fact& fact) { return fact.key == "entries_per_s"; });
  add_fact(finding, "entries_per_s", scene.per_s(census.entries()));
  add_fact(finding, "exits_per_s", scene.per_s(census.exits));
  add_fact(finding, "live_client", census.active.live);
  add_fact(finding, "live_server", census.passive.live);
  add_fact(finding, "reused",
           std::max<std::int64_t>(static_cast<std::int64_t>(census.reused),
                                  scene.counters.growth_or_0(counter::kTWRecycled)));
  add_bucket_facts(finding, scene);
  finding.evidence = table_of(scene);
  std::vector<std::int64_t> lifetimes = side.lifetimes_ns;
  constexpr std::size_t kPattern = 20;
  if (!server && lifetimes.size() >= kPattern &&
      to_seconds(Nanoseconds(quantile(lifetimes, 0.5))) < kShortLife)
    finding.advice.push_back(reuse_connections(programs_text(side.closers, "the client")));
  finding.notes.push_back(about_fin_timeout());
  return finding;
}

void examine(const Evidence& evidence, std::uint32_t netns, const std::vector<const Connection*>& connections,
             const Directions& directions, const LocalCloseWait& close_wait, std::vector<Finding>& out) {
  const HostCounters counters(evidence, netns);
  const PortSurvey ports = survey_ports(evidence, connections, directions, counters);
  const TimeWaitCensus census = take_census(evidence, connections, directions, close_wait);
  const Buckets buckets = weigh_buckets(census, counters);
  const auto exhaustion = port_exhaustion(evidence, ports);
  // Clients cannot have more in TIME_WAIT than there are ports, for each of the few places they go to.
  const std::optional<std::int64_t> capacity = ports.capacity();
  const bool few_ports = !ports.uses.empty() && capacity && buckets.limit &&
                         static_cast<std::int64_t>(ports.uses.size()) * *capacity < *buckets.limit;
  const bool ports_run_out =
      (exhaustion || few_ports) &&
      !server_dominates({evidence, netns, connections, directions, census, buckets, counters, false});
  const Scene scene{evidence, netns, connections, directions, census, buckets, counters, ports_run_out};
  if (exhaustion) out.push_back(*exhaustion);
  const auto server = server_closes_first(scene);
  if (server) out.push_back(*server);
  if (auto overflow = bucket_overflow(scene, server && server->severity != Severity::info))
    out.push_back(std::move(*overflow));
  if (auto waiting = fin_wait2(scene)) out.push_back(std::move(*waiting));
  if (census.live() > 0 || census.entries() > 0 || census.exits > 0) out.push_back(overview(scene));
}

}  // namespace

std::vector<Finding> diagnose_time_wait(const Evidence& evidence) {
  std::unordered_map<std::uint32_t, std::vector<const Connection*>> by_netns;
  for (const Connection* c : evidence.connections) by_netns[c->tuple.netns].push_back(c);
  const Directions directions(evidence);
  const LocalCloseWait close_wait(evidence);
  std::vector<Finding> out;
  for (const std::uint32_t netns : namespaces_of(evidence))
    examine(evidence, netns, by_netns[netns], directions, close_wait, out);
  return out;
}

}  // namespace conntrail::diagnose
