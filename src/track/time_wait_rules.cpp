#include "time_wait_rules.h"

#include <algorithm>

#include "held.h"
#include "lifecycle.h"
#include "state_order.h"
#include "trail.h"
#include "verdict.h"

namespace conntrail::track {
namespace {

// A row this near to the end of the timer shows that the socket lived until then (see kLastLook; looks come
// every 0.4 s, and less often where they cost much).
constexpr Nanoseconds kSeenLate = 2 * kLastLook;
// The kernel's timers for so long a time are some seconds late (an eighth of their length at most), and a
// table that was not to be read once may be the next time.
constexpr Nanoseconds kTimerSlack = std::chrono::seconds(8);
// The longest that a time-wait socket waits in FIN_WAIT2 (TCP_FIN_TIMEOUT_MAX in net/tcp.h).
constexpr Nanoseconds kLongestFinWait = std::chrono::seconds(120);

bool is_in_time_wait(const Record& record) { return record.c.state == TcpState::time_wait; }

void watch(Core& core, Record& record) {
  const bool timed = is_in_time_wait(record) && record.c.time_wait_expires.known();
  core.watch.set(core.records, record, timed ? Watch::timed : Watch::waiting);
}

void enter_time_wait(Core& core, Record& record, TcpState from, MonoTime time, Evidence evidence) {
  Connection& c = record.c;
  c.time_wait_entered = time;
  c.time_wait_entry_evidence = evidence;
  if (!c.time_wait_expires.known()) c.time_wait_expires = time + kTimeWaitLength;
  if (record.held_end) {  // the peer's FIN has come: the end is known now, before this step of its time-wait
                          // socket
    record.visited |= state_bit(TcpState::time_wait);
    judge(record);
    report_end(core, record);
  }
  take_step(core, record, {from, TcpState::time_wait, time, 0, evidence});
}

// When the row's time-wait socket entered TIME_WAIT: its timer was set to 60 s then.
MonoTime entry_by_timer(const Record& record, const SocketRow& row, MonoTime finished) {
  if (row.timer_left.count() <= 0 || row.timer_left > kTimeWaitLength) return finished;
  const MonoTime computed = finished - (kTimeWaitLength - row.timer_left);
  const MonoTime earliest = std::max(record.c.closed, record.row_started);
  return std::min(std::max(computed, earliest), finished);
}

// A connection on the same addresses that opened after this one had closed.
bool addresses_are_taken(Core& core, const Record& record) {
  return core.records.find_if(record.c.tuple, [&](const Record& other) {
    return &other != &record && other.took_addresses && other.c.opened > record.c.closed;
  }) != nullptr;
}

void settle_doubt(Core& core, Record& record) {
  if (record.watch != Watch::doubt) return;
  record.c.time_wait = true;
  record.doubt_substate = TcpState::unknown;
  core.watch.set(core.records, record, Watch::waiting);
}

}  // namespace

void take_hand_over(Core& core, Record& record, const SocketEvent& event) {
  Connection& c = record.c;
  const bool known_by_row = c.time_wait;
  const TcpState substate =
      event.from == TcpState::closing || event.sock_done ? TcpState::time_wait : TcpState::fin_wait2;
  c.closed = event.time;
  record.close = {.seen = true, .by_row = false, .hand_over = true, .by_task = false, .from = event.from};
  if (record.opened_as_time_wait) record.end_reported = false;  // it ended under our eyes after all
  record.opened_as_time_wait = false;
  add_passed_state(c, event.from, core.limits.trail_steps);
  record.visited |= state_bit(event.from);
  settle(core, record);
  if (!known_by_row && event.tw_count && event.tw_max == 0) {
    refute_hand_over(core, record, Evidence::event);
    return;
  }
  if (!known_by_row && event.tw_count && *event.tw_count >= event.tw_max) {
    record.doubt_substate = substate;
    core.watch.set(core.records, record, Watch::doubt);
    return;
  }
  c.time_wait = true;
  if (substate == TcpState::time_wait) {
    enter_time_wait(core, record, event.from, event.time, Evidence::event);
  } else if (is_in_time_wait(record)) {  // a row told of it first
    enter_time_wait(core, record, event.from, std::max(record.time_wait_seen, event.time),
                    Evidence::confirmed);
  } else {
    add_state(c, TcpState::fin_wait2, core.limits.trail_steps);
    settle(core, record);
  }
  if (c.gone) {
    report_end(core, record);
    return;
  }
  watch(core, record);
  if (record.c.fin_received) {
    report_end(core, record);
  } else {
    hold_end(core, record, event.time, false);
  }
  if (addresses_are_taken(core, record)) end_time_wait(core, record, event.time, Evidence::event);
}

void take_time_wait_row(Core& core, Record& record, const SocketRow& row, MonoTime finished, bool report) {
  Connection& c = record.c;
  const bool event_is_out = !record.close.seen && !record.opened_as_time_wait && !record.polled;
  const TcpState substate = record.doubt_substate;
  settle_doubt(core, record);
  c.time_wait = true;
  if (row.state == TcpState::time_wait && !c.time_wait_entered.known() && !record.time_wait_seen.known()) {
    record.time_wait_seen = entry_by_timer(record, row, finished);
  }
  if (row.state == TcpState::time_wait && !is_in_time_wait(record)) {
    c.time_wait_expires = row.timer_left.count() > 0 ? finished + row.timer_left : MonoTime{};
    const bool by_timer = record.polled && row.timer_left.count() > 0 &&
                          state_order(c.state) == state_order(TcpState::fin_wait2);
    if (record.close.seen || by_timer) {
      const MonoTime entered = substate == TcpState::time_wait ? c.closed : record.time_wait_seen;
      enter_time_wait(core, record, c.state, entered, Evidence::confirmed);
    } else {
      c.time_wait_entry_evidence = Evidence::confirmed;
      confirm_state(core, record, TcpState::time_wait, finished, report);
    }
  } else if (row.state != c.state && state_order(row.state) > state_order(c.state)) {
    confirm_state(core, record, row.state, finished, report);
  }
  if (row.timer_left.count() > 0) c.time_wait_expires = finished + row.timer_left;
  c.time_wait_exit_evidence = Evidence::none;
  watch(core, record);
  if (event_is_out && !report) return;  // the hand-over event is on its way and tells more
  if (!record.close.seen) {
    if (!c.closed.known() && !record.opened_as_time_wait) c.closed = finished;
    record.close = {.seen = true, .by_row = true, .hand_over = true};
    settle(core, record);
  }
  if (!record.held_end) report_end(core, record);
}

void take_acknowledged_fin(Core& core, const FourTuple& other_end, MonoTime time) {
  if (!core.watch.any_waiting() || other_end.remote.port == 0) return;
  const FourTuple tuple{other_end.netns, other_end.family, other_end.remote, other_end.local,
                        other_end.netns_cookie};
  Record* record = core.records.find_if(tuple, [&](const Record& candidate) {
    return candidate.watch == Watch::waiting && candidate.c.state == TcpState::fin_wait2 &&
           candidate.close.seen && candidate.c.closed < time;
  });
  if (record == nullptr) return;
  raise_last_event(*record, time);
  // The timer that ran for FIN_WAIT2 is set anew.
  record->c.time_wait_expires = {};
  enter_time_wait(core, *record, TcpState::fin_wait2, time, Evidence::event);
  watch(core, *record);
}

void end_time_wait(Core& core, Record& record, MonoTime time, Evidence evidence) {
  if (record.watch == Watch::doubt) {
    refute_hand_over(core, record, evidence);
    return;
  }
  Connection& c = record.c;
  time = std::max({time, c.closed, c.state_since});
  // Its timer ran out and it still waits for the peer's FIN.
  if (c.state == TcpState::fin_wait2 && c.time_wait_expires.known() && time >= c.time_wait_expires) {
    record.close.fin_unanswered = true;
  }
  judge(record);
  if (record.held_end) report_end(core, record);
  c.time_wait_exit_evidence = evidence;
  take_step(core, record, {c.state, TcpState::close, time, 0, evidence});
  report_end(core, record);
  retire(core, record, time);
}

void miss_time_wait(Core& core, Record& record, MonoTime finished) {
  const MonoTime due = record.c.time_wait_expires;
  const bool past = is_in_time_wait(record) && due.known() && due <= finished;
  if (!past) {
    end_time_wait(core, record, finished, Evidence::confirmed);
    return;
  }
  // Killed long ago or expired just now: afterwards both look the same. Only a look shortly before tells.
  const bool lived_until_then = record.row_finished >= due - kSeenLate;
  end_time_wait(core, record, std::max(due, record.row_finished),
                lived_until_then ? Evidence::confirmed : Evidence::expected);
}

void expire_unseen(Core& core, Record& record, MonoTime now) {
  const Connection& c = record.c;
  MonoTime due = c.time_wait_expires;
  if (!due.known()) {
    due = c.closed.known() ? c.closed : c.state_since;
    if (!due.known()) return;
    due = due + (is_in_time_wait(record) ? kTimeWaitLength : kLongestFinWait);
  }
  if (now - due < kTimerSlack) return;
  end_time_wait(core, record, std::max(due, record.row_finished), Evidence::expected);
}

void refute_hand_over(Core& core, Record& record, Evidence evidence) {
  Connection& c = record.c;
  record.held_end = false;
  record.doubt_substate = TcpState::unknown;
  c.time_wait = false;
  c.time_wait_entered = {};
  c.time_wait_expires = {};
  c.time_wait_entry_evidence = Evidence::none;
  const MonoTime time = std::max(c.closed, c.state_since);
  take_step(core, record, {c.state, TcpState::close, time, c.error, evidence});
  report_end(core, record);
  retire(core, record, time);
}

void take_addresses(Core& core, const Record& record, MonoTime time, Evidence evidence) {
  Record* old = core.records.find_if(record.c.tuple, [&](const Record& other) {
    return &other != &record && other.watch != Watch::none && other.c.closed < time;
  });
  if (old != nullptr) end_time_wait(core, *old, time, evidence);
}

}  // namespace conntrail::track
