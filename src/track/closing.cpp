#include "closing.h"

#include <algorithm>

#include "events.h"
#include "late_event.h"
#include "lifecycle.h"
#include "owner_evidence.h"
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

}  // namespace

void take_stats(Connection& connection, const SocketEvent& event) {
  if (!event.stats) return;
  connection.stats = event.stats;
  connection.retransmits = std::max(connection.retransmits, event.stats->retransmits);
}

void take_close(Core& core, Record& record, const SocketEvent& event) {
  Connection& c = record.c;
  const bool seen = record.close.seen && !record.close.by_row;
  if (seen && c.closed == event.time) return;  // the same event again
  const bool hand_over =
      is_hand_over(record, {event.from, event.error, event.owned, event.sock_done, event.sock_dead});
  take_owner_from_event(record, event, hand_over);
  take_stats(c, event);
  c.fin_received |= event.sock_done;
  if (hand_over) {
    take_hand_over(core, record, event);
    return;
  }
  c.closed = event.time;
  c.error = event.error;
  record.close = {.seen = true,
                  .by_row = false,
                  .hand_over = false,
                  .by_task = event.owned && !event.sock_dead,
                  .from = event.from};
  if (c.gone) {
    take_late_close(core, record, event);
    return;
  }
  take_step(core, record, {event.from, TcpState::close, event.time, event.error});
  if (!event.final_close) return;  // a descriptor holds it still; `destroy` will follow
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
