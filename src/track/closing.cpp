#include "closing.h"

#include <algorithm>
#include <cerrno>

#include "events.h"
#include "held.h"
#include "late_event.h"
#include "lifecycle.h"
#include "owners/owner_evidence.h"
#include "retransmits.h"
#include "time_wait_rules.h"
#include "verdict.h"

namespace conntrail::track {
namespace {

// The trail of a socket that is already gone gets its close late: a snapshot was faster than the event.
void take_late_close(Core& core, Record& record, const SocketEvent& event) {
  if (record.gap_by_vanishing) record.c.gap = false;
  record.gap_by_vanishing = false;
  take_step(core, record, {event.from, TcpState::close, event.time, event.error});
}

// tcp_disconnect() clears the counters of a socket that is still held: connect(AF_UNSPEC), a child that
// nobody accepted, an MPTCP subflow.
bool was_emptied(const SocketStats& now, const SocketStats& before) {
  return now.bytes_sent <= before.bytes_sent && now.bytes_received <= before.bytes_received &&
         now.segments_out < before.segments_out;
}

// What answers a packet that the kernel takes for a reset (tcp_reset()) is a reset of our own, right behind.
bool may_be_refuted(const SocketEvent& event) {
  const bool waits_for_fin = event.from == TcpState::fin_wait1 || event.from == TcpState::fin_wait2;
  return waits_for_fin && (event.error == ECONNRESET || event.error == EPIPE);
}

CloseFacts facts_of(const SocketEvent& event) {
  return {
      .seen = true,
      .by_task = event.owned && !event.sock_dead,
      .in_connect = event.owned && event.shutdown == 0 && !event.sock_dead,
      .rejected = event.error == 0 && (event.soft_error == ECONNREFUSED || is_icmp_error(event.soft_error)),
      .repair = event.repair,
      .from = event.from};
}

}  // namespace

void take_stats(Connection& connection, const SocketEvent& event) {
  if (!event.stats) return;
  if (connection.stats && was_emptied(*event.stats, *connection.stats)) return;
  connection.stats = event.stats;
  // What a connect that failed sent again were SYNs.
  (event.from == TcpState::syn_sent ? take_handshake_total : take_total)(connection,
                                                                         event.stats->retransmits);
}

void take_closer(Connection& connection, const SocketEvent& event) {
  if (event.exit_signal != 0) connection.closer_signal = event.exit_signal;
}

void take_close(Core& core, Record& record, const SocketEvent& event) {
  Connection& c = record.c;
  const bool seen = record.close.seen && !record.close.by_row;
  if (seen && c.closed == event.time) return;  // the same event again
  const bool hand_over =
      is_hand_over(record, {event.from, event.error, event.owned, event.sock_done, event.sock_dead});
  take_owner_from_event(record, event, hand_over);
  take_closer(c, event);
  take_stats(c, event);
  c.fin_received |= event.sock_done;
  if (hand_over) {
    take_hand_over(core, record, event);
    return;
  }
  c.closed = event.time;
  record.close = facts_of(event);
  c.error = record.close.rejected ? event.soft_error : event.error;
  // tcp_disconnect() has left it there before listen() was called.
  if (event.from == TcpState::listen) c.error = 0;
  if (event.from == TcpState::syn_sent && c.error == 0) {
    c.fallback_addr = core.answered.instead_of(c).value_or(IpAddress{});
  }
  if (c.gone) {
    take_late_close(core, record, event);
    return;
  }
  take_step(core, record, {event.from, TcpState::close, event.time, c.error});
  // A failed connect is over, whatever happens to its descriptor.
  if (event.from == TcpState::syn_sent) report_end(core, record);
  if (!event.final_close) return;  // a descriptor holds it still; `destroy` will follow
  if (may_be_refuted(event)) {
    hold_end(core, record, event.time, true);
    return;
  }
  report_end(core, record);
  retire(core, record, event.time);
}

void apply_destroy(Core& core, const SocketEvent& event) {
  Record* record = core.records.find(event.cookie);
  if (event.cookie == 0 || record == nullptr) return;
  Connection& c = record->c;
  if (event.time < c.opened) return;  // of a connection the same socket had before; it has ended
  const LateNews late(core, *record);
  take_stats(c, event);
  take_owner_from_event(*record, event, false);
  raise_last_event(*record, event.time);
  if (c.gone || record->watch != Watch::none) return;
  record->event_time = std::max(record->event_time, event.time);
  if (c.state != TcpState::close) {  // its →CLOSE was lost
    c.gap = true;
    c.closed = event.time;
    c.error = event.error;
    take_step(core, *record, {c.state, TcpState::close, event.time, event.error});
  }
  report_end(core, *record);
  retire(core, *record, event.time);
}

}  // namespace conntrail::track
