#include "lifecycle.h"

#include <algorithm>

#include "held.h"
#include "state_order.h"
#include "title.h"
#include "trail.h"
#include "verdict.h"

namespace conntrail::track {

namespace {

bool says_what_was_told(const Record& record) {
  return record.opened_as_time_wait ||
         (record.told_reason == record.c.end_reason && record.told_first == record.c.closed_first &&
          record.told_time_wait == record.c.time_wait);
}

void remember_told(Record& record) {
  record.told_reason = record.c.end_reason;
  record.told_first = record.c.closed_first;
  record.told_time_wait = record.c.time_wait;
}

}  // namespace

Record& open_record(Core& core, std::uint64_t cookie, const FourTuple& tuple) {
  Record& record = core.records.create();
  core.records.set_cookie(record, cookie);
  core.records.set_tuple(record, tuple);
  if (!core.namespace_names.empty()) {
    const auto name = core.namespace_names.find(tuple.netns);
    if (name != core.namespace_names.end()) record.c.netns_name = name->second;
  }
  ++core.counters.connections;
  return record;
}

void learn_namespace(Record& record, const FourTuple& tuple) {
  FourTuple& known = record.c.tuple;
  if (known.netns_cookie == 0 && known.netns == tuple.netns) known.netns_cookie = tuple.netns_cookie;
}

void learn_tuple(Core& core, Record& record, const FourTuple& tuple) {
  learn_namespace(record, tuple);
  const FourTuple& known = record.c.tuple;
  const bool better =
      (known.local.port == 0 && tuple.local.port != 0) ||
      (known.local.address.family == Family::unspecified &&
       tuple.local.address.family != Family::unspecified && tuple.local.port == known.local.port);
  if (!better) return;
  const std::uint64_t netns_cookie = known.netns_cookie;
  core.records.set_tuple(record, tuple);
  if (record.c.tuple.netns_cookie == 0) record.c.tuple.netns_cookie = netns_cookie;
  core.listeners.update(record);
}

bool take_step(Core& core, Record& record, const Step& step) {
  Connection& c = record.c;
  const bool filled_in = (record.confirmed & state_bit(step.to)) != 0;
  const TrailResult result = add_transition(c, step.from, step.to, step.time, core.limits.trail_steps);
  if (result.duplicate) return false;
  if (!is_birth(step.from, step.to)) record.visited |= state_bit(step.from);
  record.visited |= state_bit(step.to);
  if (step.to == TcpState::established && (!c.established.known() || step.time < c.established)) {
    c.established = step.time;
  }
  settle(core, record);
  if (filled_in) return true;  // its entry was reported already, only the time was missing
  if (step.from == TcpState::listen && step.to == TcpState::syn_recv && result.after == std::nullopt) {
    hold_birth(core, record, step.time);
    return true;
  }
  if (step.evidence == Evidence::confirmed) record.confirmed |= state_bit(step.to);
  ++core.counters.transitions;
  take_title(core, record);
  core.sink.on_change(Transition{&c, step.time, step.from, step.to, result.after, step.error, step.evidence});
  return true;
}

void confirm_state(Core& core, Record& record, TcpState to, MonoTime time, bool report, Evidence evidence) {
  Connection& c = record.c;
  const TcpState from = c.state;
  add_state(c, to, core.limits.trail_steps);
  record.visited |= state_bit(to);
  settle(core, record);
  if (!report) return;
  record.confirmed |= state_bit(to);
  ++core.counters.transitions;
  take_title(core, record);
  core.sink.on_change(Transition{&c, time, from, to, std::nullopt, 0, evidence});
}

void settle(Core& core, Record& record) {
  Connection& c = record.c;
  if (!c.trail.empty()) {
    c.state = c.trail.back().state;
    c.state_since = c.trail.back().entered;
  }
  judge(record);
  if (record.end_reported && !says_what_was_told(record)) core.to_correct.push_back(record.slot);
  if (record.listener_key != 0 || c.state == TcpState::listen) core.listeners.update(record);
}

void report_end(Core& core, Record& record) {
  Connection& c = record.c;
  c.ended = true;
  record.held_end = false;
  if (record.end_reported) return;
  release(core, record);
  record.end_reported = true;
  if (!record.polled && !record.request && has_hole(c)) c.gap = true;
  ++core.counters.ended;
  remember_told(record);
  take_title(core, record);
  core.sink.on_change(End{&c});
}

void tell_corrections(Core& core) {
  if (core.to_correct.empty()) return;
  for (const std::uint32_t slot : core.to_correct) {
    Record& record = core.records.at(slot);
    if (!record.in_use || !record.end_reported || says_what_was_told(record)) continue;
    remember_told(record);
    core.sink.on_change(Correction{&record.c});
  }
  core.to_correct.clear();
}

void retire(Core& core, Record& record, MonoTime time) {
  record.gone_time = time;
  raise_last_event(record, time);
  core.watch.set(core.records, record, Watch::none);
  core.records.retire(record);
  core.listeners.update(record);
  core.sink.on_gone(record.c);
  core.counters.let_go += core.records.let_go(core.limits.ended_bytes);
}

void raise_last_event(Record& record, MonoTime time) {
  record.c.last_event = std::max(record.c.last_event, time);
}

}  // namespace conntrail::track
