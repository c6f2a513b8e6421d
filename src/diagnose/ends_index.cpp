#include "ends_index.h"

#include "conntrail/base/hash.h"

namespace conntrail::diagnose {
namespace {

Endpoint plain(const Endpoint& endpoint) { return {endpoint.address.unmapped(), endpoint.port}; }

// What is not known is no obstacle.
bool overlap(const Connection& a, const Connection& b) {
  // The two ends see one packet at slightly different times.
  constexpr Nanoseconds kSlack{1'000'000'000};
  const auto ends_before = [&](const Connection& first, const Connection& second) {
    return first.closed.known() && second.opened.known() && first.closed + kSlack < second.opened;
  };
  return !ends_before(a, b) && !ends_before(b, a);
}

}  // namespace

void EndsIndex::add(const Connection& connection) {
  ends_.emplace(Ends(plain(connection.tuple.local), plain(connection.tuple.remote)), &connection);
}

const Connection* EndsIndex::peer_of(const Connection& connection) const {
  if (ends_.empty()) return nullptr;
  const Ends reversed(plain(connection.tuple.remote), plain(connection.tuple.local));
  auto [first, last] = ends_.equal_range(reversed);
  for (; first != last; ++first) {
    if (first->second != &connection && overlap(*first->second, connection)) return first->second;
  }
  return nullptr;
}

std::size_t EndsIndex::EndsHash::operator()(const Ends& ends) const noexcept {
  return hash_of(ends.second, hash_of(ends.first));
}

}  // namespace conntrail::diagnose
