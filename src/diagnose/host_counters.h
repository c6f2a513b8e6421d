// HostCounters: the samples of one network namespace over the interval: settings, and by how much a counter
// grew.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "conntrail/diagnose/diagnose.h"
#include "conntrail/model/counter_names.h"

namespace conntrail::diagnose {

struct ReservedRun {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

class HostCounters {
 public:
  HostCounters(const Evidence& evidence, std::uint32_t netns);

  // The newest value: of a setting or a gauge. Empty when it could not be read.
  [[nodiscard]] std::optional<std::int64_t> now(CounterName name) const;
  // The reserved ports of the range for connect(), as far as they are known.
  [[nodiscard]] std::vector<ReservedRun> reserved_runs() const;
  // Growth from the first sample to the last. Empty when it was not read twice.
  [[nodiscard]] std::optional<std::int64_t> growth(CounterName name) const;
  // The same, 0 where it is not known: for sums and comparisons with a threshold.
  [[nodiscard]] std::int64_t growth_or_0(CounterName name) const { return growth(name).value_or(0); }
  [[nodiscard]] const std::vector<const HostSample*>& samples() const { return samples_; }

 private:
  std::vector<const HostSample*> samples_;  // by time
};

// Every namespace that has a connection or a sample, ascending.
[[nodiscard]] std::vector<std::uint32_t> namespaces_of(const Evidence& evidence);

}  // namespace conntrail::diagnose
