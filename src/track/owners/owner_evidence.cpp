#include "owners/owner_evidence.h"

#include <algorithm>
#include <string>

#include "conntrail/model/tcp_state.h"
#include "marks.h"

namespace conntrail::track {
namespace {

// The kernel's side names no task where a kernel thread acts (PF_KTHREAD); a name proves nothing.
bool is_nobody(const SocketEvent& event) { return event.task_pid == 0; }

// A →CLOSE that close() itself brought about. Out of LAST_ACK, CLOSING and into a time-wait socket the peer's
// segment does it, in the context of whoever holds the lock: that may be a reader of socket tables.
bool is_own_close(const SocketEvent& event, bool hand_over) {
  if (!event.owned || event.error != 0 || hand_over) return false;
  if (event.from == TcpState::last_ack || event.from == TcpState::closing) return false;
  return event.shutdown == 3 || (event.final_close && !event.sock_dead);
}

OwnerSource source_of(const SocketEvent& event, bool hand_over) {
  if (event.kind == EventKind::destroy) return event.owned ? OwnerSource::close : OwnerSource::unknown;
  switch (event.to) {
    case TcpState::syn_sent:
      return OwnerSource::connect;
    case TcpState::listen:
      return OwnerSource::listen;
    case TcpState::fin_wait1:
    case TcpState::last_ack:
      return OwnerSource::close;
    case TcpState::close:
      return is_own_close(event, hand_over) ? OwnerSource::close : OwnerSource::unknown;
    default:
      return OwnerSource::unknown;
  }
}

}  // namespace

void take_owner_from_event(Record& record, const SocketEvent& event, bool hand_over) {
  take_socket_uid(record, event.socket_uid);
  const OwnerSource source = source_of(event, hand_over);
  Owner& owner = record.c.owner;
  if (source == OwnerSource::unknown || source < owner.source || is_nobody(event)) return;
  if (source == owner.source && event.time < record.owner_time) return;
  // An event that comes late tells what was before the file tables were read: who it was, but not whose it
  // is.
  const bool older = record.looked.known() && event.time <= record.looked && owner.known();
  if (older && owner.pid != event.task_pid) {
    add_mark(record.c, {MarkKind::owner, event.time, event.task_pid, owner.pid});
    return;
  }
  // A listener's owner was only a guess about this connection: better evidence is no change of hands.
  if (owner.known() && owner.source > OwnerSource::inherited && owner.pid != event.task_pid) {
    add_mark(record.c, {MarkKind::owner, event.time, owner.pid, event.task_pid});
  }
  owner.source = source;
  record.owner_time = event.time;
  if (older) return;
  owner.pid = event.task_pid;
  owner.uid = event.task_uid;
  owner.has_uid = true;
  owner.cgroup_id = event.cgroup_id;
  owner.comm.assign(event.comm());
}

void offer_owner(Record& record, const Owner& owner, MonoTime time) {
  Owner& current = record.c.owner;
  if (owner.source < current.source || (owner.source == current.source && time < record.owner_time)) return;
  const Owner socket = current;
  current = owner;
  if (!current.has_uid) {
    current.uid = socket.uid;
    current.has_uid = socket.has_uid;
  }
  if (current.cgroup_id == 0) current.cgroup_id = socket.cgroup_id;
  record.owner_time = time;
}

void forget_owner(Record& record) {
  Owner& owner = record.c.owner;
  owner.pid = 0;
  owner.comm.clear();
  owner.source = OwnerSource::unknown;
}

void disown(Record& record) {
  forget_owner(record);
  record.c.holders.clear();
}

std::optional<Owner> shared_name(std::span<const Holder> holders) {
  if (holders.size() < 2 || holders.front().comm.empty()) return std::nullopt;
  const std::string& name = holders.front().comm;
  if (!std::ranges::all_of(holders, [&](const Holder& holder) { return holder.comm == name; }))
    return std::nullopt;
  Owner owner;
  owner.comm = name;
  owner.source = OwnerSource::inherited;
  return owner;
}

void take_socket_uid(Record& record, std::uint32_t uid) {
  Owner& owner = record.c.owner;
  if (owner.known() || owner.has_uid) return;
  owner.uid = uid;
  owner.has_uid = true;
}

}  // namespace conntrail::track
