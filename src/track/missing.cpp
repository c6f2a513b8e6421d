#include "missing.h"

#include <algorithm>
#include <utility>

#include "lifecycle.h"
#include "trail.h"

namespace conntrail::track {
namespace {

// Longest time that an event may spend between the kernel and us; the ring is drained every few ms.
constexpr Nanoseconds kEventsArrive{1'000'000'000};
// A socket enters the tables that a snapshot reads some µs after the event of its birth.
constexpr Nanoseconds kJustBorn{1'000'000};

bool may_be_unlisted_yet(const Record& record, MonoTime started) {
  return record.c.opened.known() && record.event_time == record.c.opened &&
         started - record.event_time < kJustBorn;
}

}  // namespace

bool miss_record(Core& core, Record& record, MonoTime started, MonoTime finished, bool no_events) {
  if (may_be_unlisted_yet(record, started)) return false;
  if (no_events || record.suspect || record.request || record.missing_started.known()) {
    vanish(core, record, record.missing_started.known() ? record.missing_finished : finished);
    return true;
  }
  record.missing_started = started;
  record.missing_finished = finished;
  core.missing.push_back(record.slot);
  return true;
}

void advance_missing(Core& core, MonoTime now) {
  std::erase_if(core.missing, [&](std::uint32_t slot) {
    Record& record = core.records.at(slot);
    if (!record.in_use || record.c.gone || !record.missing_started.known()) return true;
    if (now - record.missing_finished < kEventsArrive) return false;
    vanish(core, record, record.missing_finished);
    return true;
  });
}

void vanish(Core& core, Record& record, MonoTime time) {
  Connection& c = record.c;
  record.missing_started = {};
  record.vanished = true;
  if (!record.polled && !record.request && !c.gap) {
    c.gap = true;
    record.gap_by_vanishing = true;
  }
  if (!c.closed.known()) c.closed = time;
  if (c.state != TcpState::close) confirm_state(core, record, TcpState::close, time, true);
  report_end(core, record);
  retire(core, record, time);
}

void revive(Core& core, Record& record) {
  Connection& c = record.c;
  record.vanished = false;
  record.end_reported = false;
  record.close = {};
  if (std::exchange(record.gap_by_vanishing, false)) c.gap = false;
  c.ended = false;
  c.closed = {};
  std::erase_if(c.trail, [](const TrailStep& s) { return s.state == TcpState::close; });
  record.confirmed = 0;
  core.records.revive(record);
  settle(core, record);
}

}  // namespace conntrail::track
