#include "conntrail/observe/observation.h"

#include <fmt/format.h>

#include <unordered_set>

#include "kept_samples.h"

namespace conntrail::observe {

void Observation::add_sample(const HostSample& sample) {
  constexpr std::size_t kMostSamples = 2000;
  keep_samples(evidence.samples, {sample}, kMostSamples);
}

void Observation::take_connections(const track::Tracker& tracker, const filter::Filter& filter) {
  std::unordered_set<std::uint32_t> namespaces;
  tracker.for_each([&](const Connection& connection) {
    namespaces.insert(connection.tuple.netns);
    if (filter.matches(connection, evidence.to)) evidence.connections.push_back(&connection);
  });
  std::erase_if(evidence.samples,
                [&](const HostSample& sample) { return !namespaces.contains(sample.netns); });
  if (evidence.lost_events > 0) {
    notes.push_back(
        fmt::format("{} kernel events were lost (a filter or a shorter time helps)", evidence.lost_events));
  }
  if (const std::uint64_t count = tracker.counters().let_go; count > 0) {
    notes.push_back(fmt::format(
        "{} records of ended connections were let go to bound the memory: counts by process and destination "
        "are too low (a filter or a shorter time helps)",
        count));
  }
}

track::Limits observation_limits() {
  track::Limits limits;
  limits.ended_bytes = std::size_t{256} << 20;
  return limits;
}

}  // namespace conntrail::observe
