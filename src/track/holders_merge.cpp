#include "holders_merge.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "owner_evidence.h"

namespace conntrail::track {
namespace {

struct Found {
  std::uint32_t slot = kNoSlot;
  const SocketHolder* holder = nullptr;
};

// By slot, then process, then descriptor.
bool in_order(const Found& a, const Found& b) {
  if (a.slot != b.slot) return a.slot < b.slot;
  return a.holder->pid != b.holder->pid ? a.holder->pid < b.holder->pid : a.holder->fd < b.holder->fd;
}

std::vector<Found> find_records(Core& core, std::span<const SocketHolder> holders) {
  std::unordered_map<std::uint64_t, std::uint32_t> by_inode;
  if (std::ranges::any_of(holders, [](const SocketHolder& holder) { return holder.cookie == 0; })) {
    core.records.for_each_living([&](const Record& record) {
      if (record.c.inode != 0) by_inode.emplace(record.c.inode, record.slot);
    });
  }
  std::vector<Found> found;
  found.reserve(holders.size());
  for (const SocketHolder& holder : holders) {
    if (holder.pid == 0) continue;
    if (holder.cookie != 0) {
      if (const Record* record = core.records.find_living(holder.cookie))
        found.push_back({record->slot, &holder});
    } else if (const auto slot = by_inode.find(holder.inode); holder.inode != 0 && slot != by_inode.end()) {
      found.push_back({slot->second, &holder});
    }
  }
  std::ranges::sort(found, in_order);
  return found;
}

Owner owner_from(const SocketHolder& holder) {
  Owner owner;
  owner.pid = holder.pid;
  owner.uid = holder.uid;
  owner.has_uid = true;
  owner.cgroup_id = holder.cgroup_id;
  owner.comm = holder.comm;
  owner.source = OwnerSource::fd;
  return owner;
}

void forget_owner(Record& record) {
  Owner& owner = record.c.owner;
  owner.pid = 0;
  owner.comm.clear();
  owner.source = OwnerSource::unknown;
}

// One holder is the owner. Of several the present owner stays when it is among them; else the first stands
// for all of a socket that existed before us, while one that was accepted under our eyes waits for the
// process that closes it: a name taken from its listener is proven wrong, and which holder uses it is open.
void take_owner(Record& record, std::span<const Found> found) {
  Owner& owner = record.c.owner;
  if (owner.source > OwnerSource::fd) return;
  const auto is_owner = [&](const Found& f) { return f.holder->pid == owner.pid; };
  if (found.size() > 1 && owner.known() && std::ranges::any_of(found, is_owner)) return;
  if (found.size() > 1 && !record.c.existed_before) {
    forget_owner(record);
    return;
  }
  if (owner.source == OwnerSource::fd) forget_owner(record);  // a newer look replaces an older one
  offer_owner(record, owner_from(*found.front().holder), record.owner_time);
}

}  // namespace

void merge_holders(Core& core, std::span<const SocketHolder> holders, bool complete) {
  std::vector<Found> found = find_records(core, holders);
  const auto same_process = [](const Found& a, const Found& b) {
    return a.slot == b.slot && a.holder->pid == b.holder->pid;
  };
  found.erase(std::unique(found.begin(), found.end(), same_process), found.end());
  if (complete) {
    core.records.for_each_living([](Record& record) { record.c.holders.clear(); });
  }
  for (auto first = found.begin(); first != found.end();) {
    const auto last = std::find_if(first, found.end(), [&](const Found& f) { return f.slot != first->slot; });
    Record& record = core.records.at(first->slot);
    std::vector<Holder>& list = record.c.holders;
    list.clear();
    for (auto f = first; f != last; ++f) list.push_back({f->holder->pid, f->holder->fd, f->holder->comm});
    if (complete) record.shared = false;
    take_owner(record, {first, last});
    first = last;
  }
}

}  // namespace conntrail::track
