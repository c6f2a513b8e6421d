#include "restore.h"

#include "lifecycle.h"
#include "state_order.h"

namespace conntrail::track {
namespace {

Watch watch_for(const Connection& c) {
  if (!c.time_wait) return Watch::none;
  return c.state == TcpState::time_wait && c.time_wait_expires.known() ? Watch::timed : Watch::waiting;
}

// What the tracker knows beside the record: as far as the record still shows it.
void conclude(Record& record) {
  Connection& c = record.c;
  for (const TrailStep& step : c.trail) record.visited |= state_bit(step.state);
  record.visited |= state_bit(c.state);
  record.event_time = c.last_event;
  record.owner_time = c.last_event;
  record.retransmits_included = c.last_event;
  if (c.reset_sent) record.reset_sent_in = c.state;
  record.took_addresses = c.tuple.remote.port != 0 && !c.ended;
  record.end_reported = c.ended;
  record.told_reason = c.end_reason;
  record.told_first = c.closed_first;
  record.told_time_wait = c.time_wait;
  if (c.time_wait) record.close = {.seen = true, .by_row = false, .hand_over = true};
  if (c.state == TcpState::close && c.trail.size() > 1)
    record.close = {.seen = true, .by_row = false, .from = c.trail[c.trail.size() - 2].state};
  record.restored = true;
  record.remembered = true;
}

}  // namespace

void restore_record(Core& core, const Connection& connection) {
  if (connection.gone || connection.cookie == 0) return;
  if (core.records.find_living(connection.cookie) != nullptr) return;
  Record& record = open_record(core, connection.cookie, connection.tuple);
  const std::uint64_t id = record.c.id;
  record.c = connection;
  record.c.id = id;
  conclude(record);
  core.watch.set(core.records, record, watch_for(connection));
  if (connection.state == TcpState::listen) core.listeners.update(record);
}

}  // namespace conntrail::track
