#include "verdict.h"

#include <cerrno>

#include "state_order.h"

namespace conntrail::track {
namespace {

EndReason reason_of_error(const Record& record) {
  if (record.close.rejected) return EndReason::rejected;
  switch (record.c.error) {
    case ECONNREFUSED:
      return EndReason::refused;
    case ETIMEDOUT:
      return EndReason::timeout;
    case ECONNABORTED:
      return EndReason::killed;  // tcp_abort(): ss -K, bpf_sock_destroy
    case ECONNRESET:
    case EPIPE:
      // Data for a socket that nobody can read any more goes through tcp_reset() as if an RST had come in
      // (tcp_rcv_state_process, FIN_WAIT1/2); the RST that follows is ours. A real RST is never answered with
      // one.
      return record.reset_sent_in == TcpState::close ? EndReason::reset_by_local : EndReason::reset_by_peer;
    default:
      return is_icmp_error(record.c.error) ? EndReason::unreachable : EndReason::unknown;
  }
}

// SYN_SENT → CLOSE without an error of the socket.
EndReason reason_of_failed_connect(const Record& record) {
  // connect() itself failed before a port was chosen, or the one that it was bound to is taken for this
  // destination: no SYN was sent. After a SYN it was somebody else: connect(AF_UNSPEC).
  const bool nothing_sent = record.c.stats && record.c.stats->segments_out == 0;
  if (record.close.in_connect && (record.c.tuple.local.port == 0 || nothing_sent)) return EndReason::no_port;
  return record.c.fallback_addr.family != Family::unspecified ? EndReason::fallback : EndReason::gave_up;
}

EndReason reason_of_hand_over(const Record& record) {
  if (record.c.fin_received) return EndReason::normal;
  if (record.c.reset_sent) return EndReason::reset_by_local;  // for data that came after close()
  return record.close.fin_unanswered ? EndReason::timeout : EndReason::unknown;
}

EndReason reason_without_error(const Record& record) {
  const bool reset_sent =
      record.reset_sent_in == record.close.from || record.reset_sent_in == TcpState::close;
  if (record.close.hand_over) return reason_of_hand_over(record);
  if (record.c.reset_received) return EndReason::reset_by_peer;
  if (record.close.repair) return EndReason::repair;
  switch (record.close.from) {
    case TcpState::listen:
    case TcpState::last_ack:
    case TcpState::closing:
      return EndReason::normal;
    case TcpState::syn_sent:
      return reason_of_failed_connect(record);
    case TcpState::syn_recv:
      return EndReason::aborted;
    case TcpState::established:
    case TcpState::close_wait:
    case TcpState::fin_wait2:
      return EndReason::reset_by_local;  // linger 0, unread data, abort
    case TcpState::fin_wait1:  // linger 0 by a task; else the kernel gave an orphan up, and says nothing but
                               // perhaps an RST
      return record.close.by_task || reset_sent ? EndReason::reset_by_local : EndReason::unknown;
    default:
      return EndReason::unknown;
  }
}

ClosedFirst first_by_reason(EndReason reason) {
  switch (reason) {
    case EndReason::refused:
    case EndReason::reset_by_peer:
      return ClosedFirst::remote;
    case EndReason::reset_by_local:
    case EndReason::aborted:
    case EndReason::gave_up:
    case EndReason::fallback:
    case EndReason::killed:
      return ClosedFirst::local;
    default:
      return ClosedFirst::none;
  }
}

}  // namespace

bool is_icmp_error(int error) {
  switch (error) {
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case EPROTO:
    case EACCES:
    case EMSGSIZE:
      return true;
    default:
      return false;
  }
}

void judge(Record& record) {
  Connection& c = record.c;
  const auto visited = [&](TcpState state) { return (record.visited & state_bit(state)) != 0; };
  const bool local_fin = visited(TcpState::fin_wait1) || visited(TcpState::fin_wait2);
  if (local_fin || visited(TcpState::closing) || visited(TcpState::last_ack) ||
      visited(TcpState::time_wait)) {
    c.fin_sent = true;
  }
  if (visited(TcpState::close_wait) || visited(TcpState::last_ack) || visited(TcpState::closing) ||
      visited(TcpState::time_wait)) {
    c.fin_received = true;
  }
  if (record.close.seen) {
    c.end_reason = c.error != 0 ? reason_of_error(record) : reason_without_error(record);
  }
  if (visited(TcpState::closing)) {
    c.closed_first = ClosedFirst::both;
  } else if (visited(TcpState::close_wait) || visited(TcpState::last_ack)) {
    c.closed_first = ClosedFirst::remote;
  } else if (local_fin || (record.close.seen && record.close.from == TcpState::listen)) {
    c.closed_first = ClosedFirst::local;
  } else if (visited(TcpState::time_wait)) {
    c.closed_first = ClosedFirst::none;  // this side alone or both at once: the row does not tell
  } else if (record.close.seen) {
    c.closed_first = first_by_reason(c.end_reason);
  }
}

bool is_hand_over(const Record& record, const CloseCircumstances& close) {
  if (close.error != 0 || record.c.reset_received) return false;
  if (close.from == TcpState::closing) return true;
  if (close.from != TcpState::fin_wait2) return false;
  if (record.reset_sent_in == TcpState::fin_wait2) return false;  // keepalive timer with TCP_LINGER2 < 0
  // Still held by a descriptor and without the peer's FIN there is no reason for a time-wait socket: close()
  // with linger 0 after shutdown().
  return !close.owned || close.sock_dead || close.sock_done;
}

}  // namespace conntrail::track
