#include "host_counters.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "conntrail/base/text.h"

namespace conntrail::diagnose {

HostCounters::HostCounters(const Evidence& evidence, std::uint32_t netns) {
  for (const HostSample& sample : evidence.samples) {
    if (sample.netns == netns) samples_.push_back(&sample);
  }
}

std::optional<std::int64_t> HostCounters::now(CounterName name) const {
  return samples_.empty() ? std::nullopt : samples_.back()->find(name);
}

std::vector<ReservedRun> HostCounters::reserved_runs() const {
  std::vector<ReservedRun> out;
  if (samples_.empty()) return out;
  for (const NamedValue& value : samples_.back()->values) {
    if (!value.name.starts_with(setting::kReservedRunPrefix)) continue;
    const auto first =
        parse_number<std::int64_t>(std::string_view(value.name).substr(setting::kReservedRunPrefix.size()));
    if (first) out.push_back({*first, value.value});
  }
  return out;
}

std::optional<std::int64_t> HostCounters::growth(CounterName name) const {
  if (samples_.size() < 2) return std::nullopt;
  const auto first = samples_.front()->find(name);
  const auto last = samples_.back()->find(name);
  if (!first || !last || *last < *first) return std::nullopt;
  return *last - *first;
}

std::vector<std::uint32_t> namespaces_of(const Evidence& evidence) {
  std::unordered_set<std::uint32_t> seen;
  for (const Connection* c : evidence.connections) seen.insert(c->tuple.netns);
  for (const HostSample& sample : evidence.samples) seen.insert(sample.netns);
  std::vector<std::uint32_t> out(seen.begin(), seen.end());
  std::ranges::sort(out);
  return out;
}

}  // namespace conntrail::diagnose
