#include "held.h"

#include "lifecycle.h"
#include "marks.h"

namespace conntrail::track {
namespace {

void remember(Core& core, const Record& record, MonoTime time) {
  core.held.push_back({record.slot, record.c.id, time + kLongestHold});
}

}  // namespace

void hold_end(Core& core, Record& record, MonoTime time, bool retires) {
  record.c.ended = true;
  if (record.end_reported && !retires) return;
  record.held_end = true;
  record.held_retires = retires;
  remember(core, record, time);
}

void hold_birth(Core& core, Record& record, MonoTime time) {
  record.held_birth = true;
  remember(core, record, time);
}

void hold_reset(Core& core, Record& record, const SocketEvent& event) {
  record.held_reset = event.time;
  record.held_reset_state = event.from;
  remember(core, record, event.time);
}

void release_birth(Core& core, Record& record) {
  if (!record.held_birth) return;
  record.held_birth = false;
  ++core.counters.transitions;
  core.sink.on_change(Transition{&record.c, record.c.opened, TcpState::listen, TcpState::syn_recv,
                                 std::nullopt, 0, Evidence::event});
}

void release(Core& core, Record& record) {
  release_birth(core, record);
  if (record.held_reset.known()) {
    const MonoTime time = record.held_reset;
    record.held_reset = {};
    record.c.reset_received = true;
    add_mark(record.c, {.kind = MarkKind::reset_received, .time = time});
    settle(core, record);
    core.sink.on_change(Reset{&record.c, record.c.tuple, time, record.held_reset_state, false, std::nullopt});
  }
  if (!record.held_end) return;
  const bool retires = record.held_retires;
  report_end(core, record);
  if (retires && !record.c.gone) retire(core, record, record.c.closed);
}

void advance_held(Core& core, MonoTime now) {
  while (!core.held.empty() && core.held.front().due <= now) {
    const Waiting waiting = core.held.front();
    core.held.pop_front();
    Record& record = core.records.at(waiting.slot);
    if (record.in_use && record.c.id == waiting.id) release(core, record);
  }
}

}  // namespace conntrail::track
