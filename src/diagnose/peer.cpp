#include "peer.h"

#include <algorithm>

namespace conntrail::diagnose {

Peer remote_of(const Connection& connection) {
  return {connection.tuple.netns, {connection.tuple.remote.address.unmapped(), connection.tuple.remote.port}};
}

Peer local_port_of(const Connection& connection) {
  return {connection.tuple.netns, {{}, connection.tuple.local.port}};
}

Directions::Directions(const Evidence& evidence) {
  for (const HostSample& sample : evidence.samples) {
    for (const ListenerSample& listener : sample.listeners)
      listened_.insert(key(sample.netns, listener.local.port));
    const auto low = sample.find(setting::kIpLocalPortRangeLow);
    const auto high = sample.find(setting::kIpLocalPortRangeHigh);
    if (low && high) ranges_[sample.netns] = {*low, *high};
  }
  for (const Connection* c : evidence.connections) {
    const bool server = c->state == TcpState::listen || c->direction == Direction::passive;
    if (server && c->tuple.local.port != 0) listened_.insert(key(c->tuple.netns, c->tuple.local.port));
  }
}

bool Directions::is_active(const Connection& connection) const {
  if (connection.direction != Direction::unknown) return connection.direction == Direction::active;
  const FourTuple& tuple = connection.tuple;
  if (connection.state == TcpState::listen || is_listened(tuple.netns, tuple.local.port)) return false;
  const auto found = ranges_.find(tuple.netns);
  const Range range = found == ranges_.end() ? Range{} : found->second;
  return tuple.local.port >= range.low && tuple.local.port <= range.high;
}

std::vector<std::int64_t> Directions::bound_ports(std::uint32_t netns, std::int64_t low,
                                                  std::int64_t high) const {
  std::vector<std::int64_t> out;
  for (const std::uint64_t entry : listened_) {
    const auto port = static_cast<std::int64_t>(entry & 0xffffU);
    if (entry >> 16U == netns && port >= low && port <= high) out.push_back(port);
  }
  return out;
}

bool is_loopback(const IpAddress& address) {
  const IpAddress plain = address.unmapped();
  if (plain.family == Family::inet) return plain.bytes[0] == 127;
  IpAddress one;
  one.family = Family::inet6;
  one.bytes[15] = 1;
  return plain == one;
}

bool is_here(const Evidence& evidence, const IpAddress& address) {
  const IpAddress plain = address.unmapped();
  return is_loopback(plain) || std::ranges::any_of(evidence.connections, [&](const Connection* c) {
           return c->tuple.local.address.unmapped() == plain;
         });
}

}  // namespace conntrail::diagnose
