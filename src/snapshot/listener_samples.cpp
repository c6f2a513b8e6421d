#include "listener_samples.h"

#include <algorithm>
#include <tuple>

namespace conntrail::snapshot {

void ListenerSamples::add_listener(const SocketRow& row) {
  ListenerSample sample;
  sample.cookie = row.cookie;
  sample.local = row.tuple.local;
  sample.family = row.tuple.family;
  sample.accept_queue = row.receive_queue;
  sample.backlog = row.backlog.value_or(0);
  sample.drops = row.drops.value_or(0);
  by_port_[sample.local.port].push_back(listeners_.size());
  listeners_.push_back({std::move(sample), row.interface});
}

// As inet_lookup_listener chooses: the bound address before the wildcard, the own family before an IPv6
// wildcard that takes IPv4 as well, a bound device before none. Negative: not for this listener.
int ListenerSamples::score(const Listener& listener, const SocketRow& request) {
  constexpr int kExact = 8;
  constexpr int kOwnWildcard = 4;
  constexpr int kOtherWildcard = 2;
  if (listener.interface != 0 && listener.interface != request.interface) return -1;
  const int device = listener.interface != 0 ? 1 : 0;
  const IpAddress& bound = listener.sample.local.address;
  const IpAddress& local = request.tuple.local.address;
  if (bound.unmapped() == local.unmapped()) return kExact + device;
  if (!bound.is_any()) return -1;
  if (bound.family == local.unmapped().family) return kOwnWildcard + device;
  return bound.family == Family::inet6 ? kOtherWildcard + device : -1;
}

void ListenerSamples::add_request(const SocketRow& row) {
  const auto found = by_port_.find(row.tuple.local.port);
  if (found == by_port_.end()) return;
  int best = -1;
  std::vector<std::size_t> group;
  for (const std::size_t index : found->second) {
    const int value = score(listeners_[index], row);
    if (value < 0 || value < best) continue;
    if (value > best) group.clear();
    best = value;
    group.push_back(index);
  }
  if (group.empty()) return;
  const std::size_t turn = given_[group.front()]++;
  ++listeners_[group[turn % group.size()]].sample.half_open;
}

std::vector<ListenerSample> ListenerSamples::take() {
  std::vector<ListenerSample> samples;
  samples.reserve(listeners_.size());
  for (Listener& listener : listeners_) samples.push_back(std::move(listener.sample));
  listeners_.clear();
  by_port_.clear();
  given_.clear();
  std::ranges::sort(samples, {},
                    [](const ListenerSample& sample) { return std::tie(sample.local, sample.cookie); });
  return samples;
}

}  // namespace conntrail::snapshot
