#include "owners/listener_index.h"

#include <algorithm>
#include <utility>

#include "owners/owner_evidence.h"

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
  if (!may_be_same(listener.network_namespace(), child.network_namespace()) ||
      listener.family != child.family)
    return Match::no;
  const IpAddress& bound = listener.local.address;
  if (bound == child.local.address) return Match::specific;
  const bool wildcard = bound.is_v4_mapped() ? bound.unmapped().is_any() && child.local.address.is_v4_mapped()
                                             : bound.is_any() || bound.family == Family::unspecified;
  return wildcard ? Match::wildcard : Match::no;
}

// Of two processes of one program, the name without a pid.
std::optional<Owner> common_name(const Owner& a, const Owner& b) {
  if (a.comm.empty() || a.comm != b.comm) return std::nullopt;
  Owner owner;
  owner.comm = a.comm;
  owner.source = OwnerSource::inherited;
  return owner;
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

void ListenerIndex::set_steered(std::vector<std::uint32_t> namespaces) {
  steered_ = std::move(namespaces);
  std::ranges::sort(steered_);
}

std::vector<std::uint32_t> ListenerIndex::candidates(const RecordTable& records,
                                                     const FourTuple& tuple) const {
  const auto found = by_port_.find(port_key(tuple));
  if (found == by_port_.end() || std::ranges::binary_search(steered_, tuple.netns)) return {};
  Match best = Match::no;
  std::vector<std::uint32_t> slots;
  for (const std::uint32_t slot : found->second) {
    const Match fit = match(records.at(slot).c.tuple, tuple);
    if (fit > best) slots.clear();
    best = std::max(best, fit);
    if (fit == best && fit != Match::no) slots.push_back(slot);
  }
  return slots;
}

Heir ListenerIndex::heir_of(const RecordTable& records, const FourTuple& tuple) const {
  Heir heir;
  for (const std::uint32_t slot : candidates(records, tuple)) {
    std::optional<Owner> owner = heritage(records.at(slot));
    if (owner && heir.owner && heir.owner->pid != owner->pid) owner = common_name(*heir.owner, *owner);
    if (!owner) return {.listener = true, .owner = std::nullopt};
    heir = {.listener = true, .owner = std::move(owner)};
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
  if (listener.shared) return std::nullopt;
  if (c.holders.size() > 1) return shared_name(c.holders);
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
