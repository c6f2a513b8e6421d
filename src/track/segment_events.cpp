// Retransmissions and resets: they count and explain, and change no state.
#include <algorithm>

#include "events.h"
#include "half_open.h"
#include "held.h"
#include "late_event.h"
#include "lifecycle.h"
#include "marks.h"
#include "retransmits.h"
#include "row_match.h"
#include "time_wait_rules.h"

namespace conntrail::track {
namespace {

Record* find_by_addresses(Core& core, const FourTuple& tuple) {
  if (tuple.remote.port == 0) return nullptr;
  return core.records.find_if(tuple, [](const Record&) { return true; });
}

bool in_handshake(TcpState state) { return state == TcpState::syn_sent || state == TcpState::syn_recv; }

// One event may stand for many segments (TSO): the socket's own count knows.
void count_retransmit(Record& record, const SocketEvent& event, bool handshake) {
  Connection& c = record.c;
  if (event.total_retransmits) {
    (handshake ? take_handshake_total : take_total)(c, *event.total_retransmits);
    return;
  }
  if (event.time >= record.retransmits_included) ++c.retransmits;
  if (handshake) ++c.syn_retransmits;
}

// Data that comes for a socket whose owner has closed it goes through tcp_reset() as if it were an RST.
bool may_be_no_reset(const SocketEvent& event) {
  const bool waits_for_fin = event.from == TcpState::fin_wait1 || event.from == TcpState::fin_wait2;
  constexpr std::uint8_t kReceive = 1;
  return waits_for_fin && (event.sock_dead || (event.shutdown & kReceive) != 0);
}

}  // namespace

void apply_retransmit(Core& core, const SocketEvent& event) {
  const bool synack = event.kind == EventKind::synack_retransmit;
  Record* record = synack && event.cookie == 0 ? nullptr : find_for_event(core, event);
  if (synack && (record == nullptr || record->c.state == TcpState::listen)) {
    record = find_by_addresses(core, event.tuple);  // a request socket often has no cookie yet
    if (record == nullptr && event.tuple.remote.port != 0) record = &open_half_open(core, event);
  }
  ++core.counters.retransmits;
  Retransmit change{nullptr,    event.tuple,
                    event.time, synack ? TcpState::syn_recv : event.from,
                    synack,     event.total_retransmits.value_or(1)};
  if (record != nullptr) {
    Connection& c = record->c;
    const LateNews late(core, *record);
    learn_tuple(core, *record, event.tuple);
    const bool handshake = synack || in_handshake(event.from);
    count_retransmit(*record, event, handshake);
    add_mark(c, {.kind = handshake ? MarkKind::syn_retransmit : MarkKind::retransmit, .time = event.time});
    raise_last_event(*record, event.time);
    change.connection = &c;
    change.tuple = c.tuple;
    change.count = c.retransmits;
  }
  core.sink.on_change(change);
}

void apply_reset(Core& core, const SocketEvent& event) {
  const bool sent = event.kind == EventKind::reset_sent;
  Record* record = event.cookie != 0 ? core.records.find(event.cookie) : find_by_addresses(core, event.tuple);
  ++core.counters.resets;
  Reset change{nullptr, event.tuple, event.time, event.from, sent, event.reset_reason};
  bool refuted = false;
  if (record != nullptr && event.cookie != 0 && !sent && !record->c.gone && may_be_no_reset(event)) {
    raise_last_event(*record, event.time);
    hold_reset(core, *record, event);
    return;
  }
  if (record != nullptr) {
    Connection& c = record->c;
    const LateNews late(core, *record);
    if (event.cookie != 0) learn_tuple(core, *record, event.tuple);
    if (sent && event.from == TcpState::close)
      record->held_reset = {};  // it was data, and this is the answer
    change.connection = &c;
    change.tuple = c.tuple;
    raise_last_event(*record, event.time);
    // Without a cookie the RST did not meet a full socket: no connection is affected.
    if (event.cookie != 0) {
      (sent ? c.reset_sent : c.reset_received) = true;
      add_mark(c, {.kind = sent ? MarkKind::reset_sent : MarkKind::reset_received, .time = event.time});
      if (sent) {
        record->reset_sent_in = event.from;
        if (event.reset_reason) c.reset_reason = event.reset_reason;
      }
      // A full socket in CLOSE that sends an RST did not hand over (TCP_LINGER2 < 0, linger 0 in FIN_WAIT2).
      refuted = sent && event.from == TcpState::close && record->watch != Watch::none;
      if (refuted) record->close.hand_over = false;
      settle(core, *record);
    }
  }
  core.sink.on_change(change);
  if (refuted) {
    refute_hand_over(core, *record, Evidence::event);
  } else if (record != nullptr && sent && event.from == TcpState::close) {
    release(core, *record);
  }
}

}  // namespace conntrail::track
