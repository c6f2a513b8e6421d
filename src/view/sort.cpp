// Sorting of connections by columns.
#include <algorithm>
#include <optional>
#include <utility>

#include "cells.h"
#include "conntrail/base/errno_name.h"
#include "conntrail/view/line.h"
#include "conntrail/view/table.h"
#include "durations.h"

namespace conntrail::view {
namespace {

// Namespace cookies and inodes use all 64 bits at most in theory; a saturated value still sorts last among
// the known.
SortValue of_number(std::uint64_t number, bool known = true) {
  constexpr auto kLargest = static_cast<std::uint64_t>(INT64_MAX);
  return {.known = known,
          .text = {},
          .endpoint = {},
          .number = static_cast<std::int64_t>(std::min(number, kLargest))};
}
SortValue of_nonzero(std::uint64_t number) { return of_number(number, number != 0); }
SortValue of_text(std::string text) {
  const bool known = !text.empty();
  return {.known = known, .text = std::move(text), .endpoint = {}, .number = 0};
}
SortValue of_duration(std::optional<Nanoseconds> duration) {
  return {
      .known = duration.has_value(), .text = {}, .endpoint = {}, .number = duration ? duration->count() : 0};
}
SortValue of_time(MonoTime time) {
  return {.known = time.known(), .text = {}, .endpoint = {}, .number = time.ns};
}
SortValue of_endpoint(const Endpoint& endpoint) {
  return {
      .known = endpoint.address.family != Family::unspecified, .text = {}, .endpoint = endpoint, .number = 0};
}

struct Row {
  const Connection* connection = nullptr;
  std::vector<SortValue> values;
};

// Negative: a before b. Unknown values stay last in both directions.
int compare(const SortValue& a, const SortValue& b, bool descending) {
  if (a.known != b.known) return a.known ? -1 : 1;
  if (!a.known) return 0;
  int order = a.text.compare(b.text);
  if (order == 0 && a.endpoint != b.endpoint) order = a.endpoint < b.endpoint ? -1 : 1;
  if (order == 0 && a.number != b.number) order = a.number < b.number ? -1 : 1;
  return descending ? -order : order;
}

}  // namespace

SortValue sort_value(ColumnId column, const Connection& c, MonoTime now) {
  switch (column) {
    case ColumnId::id:
      return of_nonzero(c.id);
    case ColumnId::netns:
      return of_nonzero(c.tuple.netns);
    case ColumnId::cookie:
      return of_nonzero(c.cookie);
    case ColumnId::inode:
      return of_nonzero(c.inode);
    case ColumnId::family:
      return of_nonzero(static_cast<std::uint64_t>(c.tuple.family));
    case ColumnId::direction:
      return of_text(c.direction == Direction::unknown ? "" : std::string(direction_name(c.direction)));
    case ColumnId::state:
      return of_text(c.state == TcpState::unknown ? "" : std::string(tcp_state_name(c.state)));
    case ColumnId::age:
      return of_duration(age(c, now));
    case ColumnId::owner:
      return {.known = c.owner.known(), .text = c.owner.comm, .endpoint = {}, .number = c.owner.pid};
    case ColumnId::uid:
      return of_number(c.owner.uid, c.owner.has_uid);
    case ColumnId::cgroup:
      return of_nonzero(c.owner.cgroup_id);
    case ColumnId::local:
      return of_endpoint(c.tuple.local);
    case ColumnId::remote:
      return of_endpoint(c.tuple.remote);
    case ColumnId::receive_queue:
      return of_number(c.receive_queue, !c.ended);
    case ColumnId::send_queue:
      return of_number(c.send_queue, !c.ended);
    case ColumnId::retransmits:
      return of_number(c.retransmits);
    case ColumnId::syn_retransmits:
      return of_number(c.syn_retransmits);
    case ColumnId::bytes_sent:
      return of_number(c.stats ? c.stats->bytes_sent : 0, c.stats.has_value());
    case ColumnId::bytes_received:
      return of_number(c.stats ? c.stats->bytes_received : 0, c.stats.has_value());
    case ColumnId::rtt:
      return of_nonzero(c.stats ? c.stats->srtt_us : 0);
    case ColumnId::min_rtt:
      return of_number(c.stats ? c.stats->min_rtt_us.value_or(0) : 0, c.stats && c.stats->min_rtt_us);
    case ColumnId::opened:
      return of_time(c.opened);
    case ColumnId::closed:
      return of_time(c.closed);
    case ColumnId::connect:
      return of_duration(connect_time(c));
    case ColumnId::duration:
      return of_duration(duration(c, now));
    case ColumnId::time_wait_left:
      return of_duration(time_wait_left(c, now));
    case ColumnId::error:
      return of_text(errno_name(c.error));
    case ColumnId::reason:
      return of_text(reason_text(c));
    case ColumnId::holders:
      return of_number(c.holders.size());
    case ColumnId::trail:
      return of_number(c.trail.size() + c.trail_dropped);
  }
  return {};
}

void sort_connections(std::vector<const Connection*>& connections, std::span<const SortKey> keys,
                      MonoTime now) {
  if (keys.empty()) return;
  std::vector<Row> rows;
  rows.reserve(connections.size());
  for (const Connection* connection : connections) {
    Row row{connection, {}};
    row.values.reserve(keys.size());
    for (const SortKey& key : keys)
      row.values.push_back(sort_value(static_cast<ColumnId>(key.column), *connection, now));
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [keys](const Row& a, const Row& b) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const int order = compare(a.values[i], b.values[i], keys[i].descending);
      if (order != 0) return order < 0;
    }
    return false;
  });
  std::transform(rows.begin(), rows.end(), connections.begin(),
                 [](const Row& row) { return row.connection; });
}

}  // namespace conntrail::view
