#include "owners/holders_merge.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "marks.h"
#include "owners/owner_evidence.h"
#include "owners/waiting.h"

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

std::uint64_t inode_of(const SocketHolder* holder) { return holder->inode; }

// By cookie, else by inode: a row from /proc/net has no cookie, a link in /proc/PID/fd neither, and the
// cookie of an MPTCP socket is not that of the subflows behind it, which share its inode.
std::vector<Found> find_records(Core& core, std::span<const SocketHolder> holders) {
  std::vector<Found> found;
  std::vector<const SocketHolder*> others;
  found.reserve(holders.size());
  for (const SocketHolder& holder : holders) {
    if (holder.cookie != 0) {
      if (const Record* record = core.records.find_living(holder.cookie)) {
        found.push_back({record->slot, &holder});
        continue;
      }
    }
    if (holder.inode != 0) others.push_back(&holder);
  }
  if (!others.empty()) {
    std::ranges::sort(others, {}, inode_of);
    core.records.for_each_living([&](const Record& record) {
      if (record.c.inode == 0) return;
      for (const SocketHolder* other : std::ranges::equal_range(others, record.c.inode, {}, inode_of))
        found.push_back({record.slot, other});
    });
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

// What one look at the file tables says about one record.
class Look {
 public:
  Look(Core& core, Record& record, std::span<const Found> found, bool complete)
      : record_(record), found_(found), complete_(complete), time_(core.look_time) {}

  void take() {
    Owner& owner = record_.c.owner;
    const SocketHolder* const present = holder_of(owner.pid);
    if (present != nullptr) {
      refresh(*present);
      if (found_.size() == 1 && owner.source < OwnerSource::fd) offer(*present);
      if (complete_) record_.looked = time_;
      return;
    }
    if (owner.source > OwnerSource::fd && !(complete_ && is_newer())) return;
    if (complete_) record_.looked = time_;
    const Owner before = owner;
    forget_owner(record_);
    choose(before);
    if (before.known() && before.source > OwnerSource::inherited && owner.known())
      add_mark(record_.c, {MarkKind::owner, time_, before.pid, owner.pid});
  }

 private:
  // Something a process did after the tables were read is not disproved by them.
  [[nodiscard]] bool is_newer() const { return time_.known() && record_.owner_time <= time_; }

  [[nodiscard]] const SocketHolder* holder_of(std::uint32_t pid) const {
    const auto found = std::ranges::find_if(found_, [&](const Found& f) { return f.holder->pid == pid; });
    return pid == 0 || found == found_.end() ? nullptr : found->holder;
  }

  // The same process may have another name (exec) or user (setuid) by now.
  void refresh(const SocketHolder& holder) {
    Owner& owner = record_.c.owner;
    if (!is_newer() || holder.comm.empty()) return;
    owner.comm = holder.comm;
    owner.uid = holder.uid;
    owner.has_uid = true;
    if (holder.cgroup_id != 0) owner.cgroup_id = holder.cgroup_id;
  }

  void offer(const SocketHolder& holder) { offer_owner(record_, owner_from(holder), record_.owner_time); }

  // One holder is the owner. Of several the first stands for all, except where one of them accepted the
  // connection and it is open which: then they have at most a name in common.
  void choose(const Owner& before) {
    const bool accepted = record_.c.direction != Direction::active && record_.c.state != TcpState::listen &&
                          !record_.c.existed_before && !record_.remembered &&
                          before.source <= OwnerSource::inherited;
    if (found_.size() == 1 || !accepted) {
      offer(*found_.front().holder);
    } else if (const std::optional<Owner> shared = shared_name(record_.c.holders)) {
      offer_owner(record_, *shared, record_.owner_time);
    }
  }

  Record& record_;
  std::span<const Found> found_;
  bool complete_;
  MonoTime time_;
};

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
    if (first->holder->pid == 0) {
      disown(record);
    } else {
      for (auto f = first; f != last; ++f) list.push_back({f->holder->pid, f->holder->fd, f->holder->comm});
      if (record.c.inode == 0) record.c.inode = first->holder->inode;
      if (complete) record.shared = false;
      Look(core, record, {first, last}, complete).take();
    }
    first = last;
  }
  name_waiting(core);
}

}  // namespace conntrail::track
