// A state event: finds the record it belongs to, or opens it, and takes the step.
#include <algorithm>
#include <utility>

#include "closing.h"
#include "events.h"
#include "half_open.h"
#include "held.h"
#include "late_event.h"
#include "lifecycle.h"
#include "missing.h"
#include "owners/owner_evidence.h"
#include "retransmits.h"
#include "row_match.h"
#include "state_order.h"
#include "time_wait_rules.h"
#include "trail.h"

namespace conntrail::track {
namespace {

// Whether CLOSE→SYN_SENT or CLOSE→LISTEN begins another life of a socket that the record has seen live
// before.
bool is_next_life(const Record& record, const SocketEvent& event) {
  if (event.from != TcpState::close || !is_birth(event.from, event.to)) return false;
  const Connection& c = record.c;
  if (c.opened.known()) return event.time > c.opened;
  if (record.close.seen && c.closed.known() && c.closed <= event.time) return true;
  return event.time > std::max(record.event_time, record.row_finished);
}

Record* earlier_life(Core& core, const SocketEvent& event) {
  return core.records.find_if(event.cookie, [&](const Record& record) {
    return record.c.opened <= event.time && record.c.closed >= event.time;
  });
}

void end_for_next_life(Core& core, Record& record, MonoTime time) {
  if (record.watch != Watch::none || record.c.gone)
    return;  // its time-wait socket lives on beside the new connection
  if (record.c.state == TcpState::close) {
    report_end(core, record);
    retire(core, record, time);
  } else {
    vanish(core, record, time);
  }
}

void be_born(Core& core, Record& record, TcpState from, TcpState to, MonoTime time) {
  Connection& c = record.c;
  c.opened = time;
  c.existed_before = false;
  c.retransmits_unknown = c.syn_retransmits_unknown = false;
  if (to == TcpState::syn_sent) c.direction = Direction::active;
  if (to == TcpState::syn_recv) c.direction = Direction::passive;
  take_step(core, record, {from, to, time});
}

void inherit(Record& record, const std::optional<Owner>& heir, MonoTime time) {
  if (heir) offer_owner(record, *heir, time);
}

void inherit_by_address(Core& core, Record& record, MonoTime time) {
  inherit(record, core.listeners.heir_of(core.records, record.c.tuple).owner, time);
}

// Before Linux 6.15: the event tells only which listener (`record`, if known) the socket at `sk` was cloned
// from.
bool take_incomplete_clone(Core& core, const SocketEvent& event, const Record* record) {
  if (event.from != TcpState::listen || event.to != TcpState::syn_recv) return event.clone_incomplete;
  const bool is_listeners_own = record != nullptr && !record->c.gone && record->c.state == TcpState::listen;
  if (!event.clone_incomplete && !is_listeners_own) return false;
  core.clones.add(event.sk, {.time = event.time,
                             .owner = is_listeners_own ? heritage(*record) : std::nullopt,
                             .by_address = record == nullptr && !event.steered});
  return true;
}

void adopt_clone(Core& core, Record& record, const SocketEvent& event) {
  if (event.from != TcpState::syn_recv || core.clones.empty()) return;
  const std::optional<Clone> clone = core.clones.take(event.sk);
  if (!clone || clone->time > event.time) return;
  if (clone->by_address) inherit_by_address(core, record, clone->time);
  inherit(record, clone->owner, clone->time);
  if (record.c.opened.known()) return;  // half-open before
  be_born(core, record, TcpState::listen, TcpState::syn_recv, clone->time);
}

// The child is born when the handshake is over: what went before is what the kernel measured of it.
void learn_handshake(Record& record, const SocketEvent& event) {
  Connection& c = record.c;
  if (event.from != TcpState::syn_recv || c.direction != Direction::passive) return;
  if (event.total_retransmits) take_handshake_total(c, *event.total_retransmits);
  // With SYN cookies, and for MPTCP's joins, the sample is not a measurement but the age of a
  // timestamp: in whole milliseconds, and with a cookie's bits in it.
  constexpr std::uint32_t kMillisecond = 1000;
  if (event.handshake_us % kMillisecond == 0 || !c.opened.known()) return;
  const MonoTime began = event.time - Nanoseconds(std::int64_t{event.handshake_us} * 1000);
  const auto step = std::ranges::find_if(
      c.trail, [&](const TrailStep& s) { return s.state == TcpState::syn_recv && s.entered == c.opened; });
  if (began >= c.opened || step == c.trail.end()) return;
  step->entered = began;
  c.opened = began;
}

// A SYN_SENT record has its addresses for good once a SYN has gone out: connect() may still fail before, and
// the time-wait socket it wanted to replace stays.
void claim_addresses(Core& core, Record& record, const SocketEvent& event) {
  if (record.took_addresses || record.c.gone || record.c.state == TcpState::listen) return;
  if (event.to == TcpState::syn_sent || event.to == TcpState::listen) return;
  if (event.from == TcpState::syn_sent && event.to == TcpState::close && event.error == 0) return;
  if (record.c.tuple.local.port == 0 || record.c.tuple.remote.port == 0) return;
  record.took_addresses = true;
  take_addresses(core, record, record.c.opened.known() ? record.c.opened : event.time, Evidence::event);
}

// The record that the event belongs to: the one known by its cookie, unless the event begins another life.
Record& record_of(Core& core, const SocketEvent& event, Record* known) {
  if (known != nullptr && is_next_life(*known, event)) {
    end_for_next_life(core, *known, event.time);
    known = nullptr;
  }
  if (known != nullptr) return *known;
  if (Record* request = half_open_of(core, event); request != nullptr) return *request;
  Record& opened = open_record(core, event.cookie, event.tuple);
  if (!is_birth(event.from, event.to)) {
    opened.c.existed_before = true;
    doubt_retransmits(opened.c);
    opened.c.gap = core.loss_pending;
  }
  return opened;
}

}  // namespace

void apply_state(Core& core, const SocketEvent& event) {
  if (event.to == TcpState::unknown || event.from == event.to) return;
  Record* record = find_for_event(core, event);
  if (take_incomplete_clone(core, event, record) || event.cookie == 0) return;
  record = &record_of(core, event, record);
  if (record->c.opened > event.time) {  // late: of a connection the same socket had before
    record = earlier_life(core, event);
    if (record == nullptr) return;
  }
  if (record->vanished && event.time > record->gone_time && event.to != TcpState::close)
    revive(core, *record);
  const LateNews late(core, *record);
  record->missing_started = {};
  record->restored = false;
  const bool was_half_open = std::exchange(record->request, false) && record->c.opened.known();
  learn_tuple(core, *record, event.tuple);
  adopt_clone(core, *record, event);
  const bool birth = is_birth(event.from, event.to);
  if (birth && event.to == TcpState::syn_recv) {
    if (!event.steered) inherit_by_address(core, *record, event.time);
  }
  if (event.from == TcpState::syn_sent) record->c.direction = Direction::active;
  if (event.from == TcpState::syn_recv && record->c.direction == Direction::unknown) {
    record->c.direction = Direction::passive;
  }
  learn_handshake(*record, event);
  release_birth(core, *record);
  record->event_time = std::max(record->event_time, event.time);
  raise_last_event(*record, event.time);
  claim_addresses(core, *record, event);
  if (event.to == TcpState::close) {
    const bool fin_acknowledged = event.from == TcpState::last_ack && event.error == 0 &&
                                  !record->c.reset_sent && !record->c.reset_received;
    const FourTuple tuple = record->c.tuple;
    take_close(core, *record, event);
    if (fin_acknowledged) take_acknowledged_fin(core, tuple, event.time);
    return;
  }
  take_owner_from_event(*record, event, false);
  take_closer(record->c, event);
  record->c.fin_received |= event.sock_done;
  if (birth && was_half_open && event.to == TcpState::syn_recv) return;  // it was born before
  if (birth) {
    be_born(core, *record, event.from, event.to, event.time);
  } else {
    take_step(core, *record, {event.from, event.to, event.time, event.error});
  }
  if (event.from == TcpState::syn_sent && event.to == TcpState::established) core.answered.note(record->c);
}

}  // namespace conntrail::track
