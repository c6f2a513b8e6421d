#include "full_listeners.h"

#include <algorithm>

#include "listener_history.h"

namespace conntrail::diagnose {

FullListeners::FullListeners(const Evidence& evidence) {
  for (const ListenerHistory& listener : listener_histories(evidence)) {
    if (listener.drops == 0 && listener.full_samples == 0) continue;
    const Endpoint& local = listener.newest->local;
    listeners_[local.port].push_back({listener.netns, local.address.unmapped()});
  }
  learn_addresses(evidence);
}

void FullListeners::learn_addresses(const Evidence& evidence) {
  std::unordered_set<std::uint32_t> wildcards;
  for (const auto& [port, listeners] : listeners_) {
    for (const Listener& listener : listeners) {
      if (listener.is_wildcard()) wildcards.insert(listener.netns);
    }
  }
  if (wildcards.empty()) return;
  for (const Connection* c : evidence.connections) {
    if (wildcards.contains(c->tuple.netns))
      addresses_.insert({c->tuple.netns, {c->tuple.local.address.unmapped(), 0}});
  }
}

bool FullListeners::accepts(const Listener& listener, const Peer& destination) const {
  const IpAddress& address = destination.endpoint.address;
  // A loopback address is each namespace's own.
  if (is_loopback(address) && destination.netns != listener.netns) return false;
  if (!listener.is_wildcard()) return listener.address == address;
  return is_loopback(address) || addresses_.contains({listener.netns, {address, 0}});
}

bool FullListeners::are_at(const Peer& destination) const {
  const auto found = listeners_.find(destination.endpoint.port);
  if (found == listeners_.end()) return false;
  const Peer plain{destination.netns, {destination.endpoint.address.unmapped(), destination.endpoint.port}};
  return std::ranges::any_of(found->second,
                             [&](const Listener& listener) { return accepts(listener, plain); });
}

bool FullListeners::concern(const Connection& connection) const {
  const FourTuple& tuple = connection.tuple;
  if (are_at({tuple.netns, tuple.remote})) return true;
  const auto found = listeners_.find(tuple.local.port);
  if (found == listeners_.end()) return false;
  const IpAddress address = tuple.local.address.unmapped();
  return std::ranges::any_of(found->second, [&](const Listener& listener) {
    return listener.netns == tuple.netns && (listener.is_wildcard() || listener.address == address);
  });
}

}  // namespace conntrail::diagnose
