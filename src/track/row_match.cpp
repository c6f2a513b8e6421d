#include "row_match.h"

#include <utility>

#include "state_order.h"

namespace conntrail::track {
namespace {

Record* find_by_cookie(Core& core, const SocketRow& row) {
  Record* best = nullptr;
  const bool time_wait = row.kind == SocketKind::time_wait;
  const auto rank = [&](const Record& record) {
    return (record.c.gone ? 0 : 2) + (time_wait == (record.watch != Watch::none) ? 1 : 0);
  };
  core.records.find_if(row.cookie, [&](Record& record) {
    if (best == nullptr || rank(record) > rank(*best) ||
        (rank(record) == rank(*best) && record.c.id > best->c.id)) {
      best = &record;
    }
    return false;
  });
  return best;
}

Record* find_by_addresses(Core& core, const SocketRow& row, bool without_cookie, std::uint32_t snapshot) {
  Record* fitting = nullptr;
  // A time-wait socket and the connection that reuses its addresses are two records.
  const bool time_wait = row.kind == SocketKind::time_wait;
  const auto fits_better = [&](const Record& record) {
    return fitting == nullptr || time_wait == (record.watch != Watch::none);
  };
  Record* same = core.records.find_if(row.tuple, [&](Record& record) {
    if (without_cookie && record.c.cookie != 0) return false;
    if (record.c.inode != 0 && record.c.inode == row.inode) return true;
    const bool may_be = record.c.inode == 0 || row.inode == 0;
    // Repeated rows of one socket differ in nothing; of two sockets without inodes each has its own
    // addresses.
    const bool is_free = record.snapshot != snapshot || (record.c.inode == 0 && row.inode == 0);
    if (may_be && is_free && fits_better(record)) fitting = &record;
    return false;
  });
  return same != nullptr ? same : fitting;
}

// Whether a record that only rows without cookies have shown can be the event's: no life goes backwards.
bool fits_event(const Record& record, const SocketEvent& event) {
  // A time-wait socket has no events but for an RST that it sends.
  if (record.c.cookie != 0 || record.watch != Watch::none) return false;
  const int now = state_order(record.c.state);
  const bool goes_on = now <= state_order(event.from) && !is_birth(event.from, event.to);
  if (event.time > record.row_finished) return goes_on;
  // Read after the row that is newer, or as old.
  const bool led_to_row = event.to != TcpState::close && state_order(event.to) <= now;
  return led_to_row || (event.time >= record.row_started && goes_on);
}

}  // namespace

Record* find_for_row(Core& core, const SocketRow& row, bool has_cookies, std::uint32_t snapshot) {
  if (!has_cookies || row.cookie == 0) return find_by_addresses(core, row, false, snapshot);
  if (Record* record = find_by_cookie(core, row); record != nullptr) return record;
  Record* record = find_by_addresses(core, row, true, snapshot);
  if (record != nullptr) core.records.set_cookie(*record, row.cookie);
  return record;
}

Record* find_for_event(Core& core, const SocketEvent& event) {
  if (event.cookie == 0) return nullptr;
  if (Record* record = core.records.find(event.cookie); record != nullptr) return record;
  if (event.tuple.local.port == 0) return nullptr;
  Record* only = nullptr;
  const Record* second = core.records.find_if(event.tuple, [&](Record& record) {
    return fits_event(record, event) && std::exchange(only, &record) != nullptr;
  });
  if (only == nullptr || second != nullptr) return nullptr;
  core.records.set_cookie(*only, event.cookie);
  return only;
}

}  // namespace conntrail::track
