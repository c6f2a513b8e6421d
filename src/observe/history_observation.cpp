#include "conntrail/observe/history_observation.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "conntrail/kernel/reset_reasons.h"
#include "rewind.h"

namespace conntrail::observe {

namespace {

using store::HistoryReader;
using store::Run;

constexpr std::size_t kMostConnections = 500'000;

void move(MonoTime& time, std::int64_t by_ns) {
  if (time.known()) time.ns += by_ns;
}

// From one run's CLOCK_MONOTONIC to another's.
void move(Connection& connection, std::int64_t by_ns) {
  if (by_ns == 0) return;
  for (TrailStep& step : connection.trail) {
    move(step.entered, by_ns);
    move(step.left, by_ns);
  }
  for (Mark& mark : connection.marks) move(mark.time, by_ns);
  for (MonoTime* time :
       {&connection.opened, &connection.established, &connection.state_since, &connection.closed,
        &connection.last_event, &connection.time_wait_entered, &connection.time_wait_expires}) {
    move(*time, by_ns);
  }
}

class HistoryObservation final : public Observation {
 public:
  Result<void> read(const filter::Filter& filter, const store::Condition& range, const std::string& database);

 private:
  Result<void> choose_runs(const HistoryReader& reader, const store::Condition& range);
  Result<void> read_connections(const HistoryReader& reader, const filter::Filter& filter,
                                const store::Condition& range);
  Result<void> read_samples(const HistoryReader& reader, const store::Condition& range);
  Result<void> read_gaps(const HistoryReader& reader, const store::Condition& range);
  void name_reasons();

  std::vector<Run> runs_;  // that reach into the range, the newest last
  std::deque<Connection> connections_;
};

Result<void> HistoryObservation::read(const filter::Filter& filter, const store::Condition& range,
                                      const std::string& database) {
  auto reader = HistoryReader::open(database);
  if (!reader) return std::unexpected(reader.error());
  if (auto done = choose_runs(*reader, range); !done) return done;
  if (auto done = read_connections(*reader, filter, range); !done) return done;
  if (auto done = read_samples(*reader, range); !done) return done;
  if (auto done = read_gaps(*reader, range); !done) return done;
  name_reasons();
  return {};
}

Result<void> HistoryObservation::choose_runs(const HistoryReader& reader, const store::Condition& range) {
  auto runs = reader.runs();
  if (!runs) return std::unexpected(runs.error());
  std::erase_if(*runs, [&](const Run& run) {
    return (range.since_ns && run.clock.real_ns(run.last_commit) < *range.since_ns) ||
           (range.until_ns && run.clock.real_ns(run.started) > *range.until_ns);
  });
  if (runs->empty()) {
    return fail("nothing was recorded in that time", {},
                "conntrail record must run meanwhile; --since and --until choose the time");
  }
  runs_ = std::move(*runs);
  std::ranges::sort(runs_, {}, [](const Run& run) { return run.clock.real_ns(run.started); });
  const Run& newest = runs_.back();
  clock = newest.clock;
  // Only time that was watched counts as observed.
  const std::int64_t first = runs_.front().clock.real_ns(runs_.front().started);
  const std::int64_t last = clock.real_ns(newest.last_commit);
  evidence.from = MonoTime{std::max(range.since_ns.value_or(first), first) - clock.offset_ns()};
  evidence.to = MonoTime{std::min(range.until_ns.value_or(last), last) - clock.offset_ns()};
  evidence.events = std::ranges::all_of(runs_, [](const Run& run) { return run.source == "events"; });
  return {};
}

Result<void> HistoryObservation::read_connections(const HistoryReader& reader, const filter::Filter& filter,
                                                  const store::Condition& range) {
  bool all = true;
  auto done = reader.for_each(range, store::SortKey::id, true, [&](const store::HistoryRecord& record) {
    if (connections_.size() == kMostConnections) {
      all = false;
      return false;
    }
    Connection connection = record.connection;
    move(connection, record.clock.offset_ns() - clock.offset_ns());
    if (range.until_ns) rewind(connection, evidence.to);
    if (filter.matches(connection, evidence.to)) connections_.push_back(std::move(connection));
    return true;
  });
  if (!done) return done;
  for (const Connection& connection : connections_) evidence.connections.push_back(&connection);
  if (!all) {
    notes.push_back(
        fmt::format("only the newest {} connections of that time are looked at (a filter or a shorter "
                    "time helps)",
                    kMostConnections));
  }
  return {};
}

Result<void> HistoryObservation::read_samples(const HistoryReader& reader, const store::Condition& range) {
  std::unordered_set<std::uint32_t> namespaces;
  for (const Connection* connection : evidence.connections) namespaces.insert(connection->tuple.netns);
  for (const Run& run : runs_) {
    auto samples = reader.samples(run, range.since_ns, range.until_ns);
    if (!samples) return std::unexpected(samples.error());
    for (HostSample& sample : *samples) {
      if (!namespaces.contains(sample.netns)) continue;
      move(sample.time, run.clock.offset_ns() - clock.offset_ns());
      evidence.samples.push_back(std::move(sample));
    }
  }
  std::ranges::stable_sort(evidence.samples, {}, &HostSample::time);
  if (evidence.samples.empty()) notes.push_back("the recorder wrote no counters of the host for that time");
  return {};
}

Result<void> HistoryObservation::read_gaps(const HistoryReader& reader, const store::Condition& range) {
  const auto gaps = reader.gaps(range.since_ns, range.until_ns);
  if (!gaps) return std::unexpected(gaps.error());
  std::unordered_map<std::string, std::size_t> causes;
  for (const Gap& gap : *gaps) {
    evidence.lost_events += gap.count;
    ++causes[gap.cause];
  }
  for (const auto& [cause, count] : causes) {
    notes.push_back(fmt::format("the recording has {} gap{}: {}", count, count == 1 ? "" : "s", cause));
  }
  return {};
}

// The numbers differ between kernels, and only the running one can be asked.
void HistoryObservation::name_reasons() {
  utsname running{};
  if (::uname(&running) != 0) return;
  const bool same = std::ranges::all_of(runs_, [&](const Run& run) { return run.kernel == running.release; });
  if (same) evidence.reset_reason_name = kernel::reset_reason_name;
}

}  // namespace

Result<std::unique_ptr<Observation>> observe_history(const filter::Filter& filter,
                                                     const store::Condition& range,
                                                     const std::string& database) {
  auto observation = std::make_unique<HistoryObservation>();
  if (auto done = observation->read(filter, range, database); !done) return std::unexpected(done.error());
  return observation;
}

}  // namespace conntrail::observe
