#include "full_listeners.h"

#include <algorithm>

#include "listener_history.h"

namespace conntrail::diagnose {

FullListeners::FullListeners(const Evidence& evidence) {
  for (const ListenerHistory& listener : listener_histories(evidence)) {
    if (listener.drops > 0 || listener.full_samples > 0)
      addresses_[listener.newest->local.port].push_back(listener.newest->local.address.unmapped());
  }
}

bool FullListeners::are_at(const Endpoint& endpoint) const {
  const auto found = addresses_.find(endpoint.port);
  if (found == addresses_.end()) return false;
  const IpAddress address = endpoint.address.unmapped();
  return std::ranges::any_of(found->second, [&](const IpAddress& listened) {
    return listened == address || listened.is_any() || listened.family == Family::unspecified;
  });
}

}  // namespace conntrail::diagnose
