#include "owner_evidence.h"

#include <string_view>

#include "conntrail/model/tcp_state.h"
#include "marks.h"

namespace conntrail::track {
namespace {

bool is_kernel_thread(const SocketEvent& event) {
  const std::string_view comm = event.comm();
  return event.task_pid == 0 ||
         (event.task_uid == 0 && (comm.starts_with("kworker") || comm.starts_with("ksoftirqd")));
}

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
  if (source == OwnerSource::unknown || source < owner.source || is_kernel_thread(event)) return;
  if (source == owner.source && event.time < record.owner_time) return;
  // A listener's owner was only a guess about this connection: better evidence is no change of hands.
  if (owner.known() && owner.source > OwnerSource::inherited && owner.pid != event.task_pid) {
    add_mark(record.c, {MarkKind::owner, event.time, owner.pid, event.task_pid});
  }
  owner.pid = event.task_pid;
  owner.uid = event.task_uid;
  owner.has_uid = true;
  owner.cgroup_id = event.cgroup_id;
  owner.comm.assign(event.comm());
  owner.source = source;
  record.owner_time = event.time;
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

void take_socket_uid(Record& record, std::uint32_t uid) {
  Owner& owner = record.c.owner;
  if (owner.known() || owner.has_uid) return;
  owner.uid = uid;
  owner.has_uid = true;
}

}  // namespace conntrail::track
