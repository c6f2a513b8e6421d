#include "listener_index.h"

#include <algorithm>

namespace conntrail::track {
namespace {

std::uint64_t port_key(const FourTuple& tuple) {
  return (std::uint64_t{1} << 63) | (std::uint64_t{tuple.netns} << 16) | tuple.local.port;
}

enum class Match { no, wildcard, specific };

// The kernel looks for the address first and for the wildcard then (__inet_lookup_listener). The child has
// its listener's family: an IPv4 connection of a dual-stack listener is an inet6 socket with mapped
// addresses.
Match match(const FourTuple& listener, const FourTuple& child) {
  if (listener.netns != child.netns || listener.family != child.family) return Match::no;
  const IpAddress& bound = listener.local.address;
  if (bound == child.local.address) return Match::specific;
  const bool wildcard = bound.is_v4_mapped() ? bound.unmapped().is_any() && child.local.address.is_v4_mapped()
                                             : bound.is_any() || bound.family == Family::unspecified;
  return wildcard ? Match::wildcard : Match::no;
}

}  // namespace

void ListenerIndex::update(Record& record) {
  const bool listens = !record.c.gone && record.c.state == TcpState::listen && record.c.tuple.local.port != 0;
  const std::uint64_t key = listens ? port_key(record.c.tuple) : 0;
  if (key == record.listener_key) return;
  if (record.listener_key != 0) {
    const auto found = by_port_.find(record.listener_key);
    std::erase(found->second, record.slot);
    if (found->second.empty()) by_port_.erase(found);
  }
  if (key != 0) by_port_[key].push_back(record.slot);
  record.listener_key = key;
}

std::optional<Owner> ListenerIndex::heir_of(const RecordTable& records, const FourTuple& tuple) const {
  const auto found = by_port_.find(port_key(tuple));
  if (found == by_port_.end()) return std::nullopt;
  Match best = Match::no;
  for (const std::uint32_t slot : found->second)
    best = std::max(best, match(records.at(slot).c.tuple, tuple));
  if (best == Match::no) return std::nullopt;
  std::optional<Owner> heir;
  for (const std::uint32_t slot : found->second) {
    const Record& listener = records.at(slot);
    if (match(listener.c.tuple, tuple) != best) continue;
    std::optional<Owner> owner = heritage(listener);
    if (!owner || (heir && heir->pid != owner->pid)) return std::nullopt;
    if (!heir) heir = std::move(owner);
  }
  return heir;
}

void ListenerIndex::owner_forked(RecordTable& records, std::uint32_t pid) const {
  for (const auto& [key, slots] : by_port_) {
    for (const std::uint32_t slot : slots) {
      Record& listener = records.at(slot);
      if (listener.c.owner.pid == pid ||
          std::ranges::any_of(listener.c.holders, [&](const Holder& holder) { return holder.pid == pid; })) {
        listener.shared = true;
      }
    }
  }
}

std::optional<Owner> heritage(const Record& listener) {
  const Connection& c = listener.c;
  if (listener.shared || c.holders.size() > 1) return std::nullopt;
  Owner owner = c.owner;
  if (c.holders.size() == 1 && c.holders.front().pid != owner.pid) {
    // listen() was called by one process, the socket is held by another (socket activation).
    owner = Owner{};
    owner.pid = c.holders.front().pid;
    owner.comm = c.holders.front().comm;
  }
  if (!owner.known()) return std::nullopt;
  owner.source = OwnerSource::inherited;
  return owner;
}

}  // namespace conntrail::track
