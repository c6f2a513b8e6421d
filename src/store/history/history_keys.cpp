#include "history/history_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "conntrail/base/errno_name.h"
#include "conntrail/base/text.h"
#include "history/history_flags.h"

namespace conntrail::store {
namespace {

struct SortName {
  std::string_view name;
  SortKey key;
};

constexpr std::array<SortName, 14> kSortNames{{{"id", SortKey::id},
                                               {"opened", SortKey::opened},
                                               {"closed", SortKey::closed},
                                               {"duration_us", SortKey::duration},
                                               {"duration", SortKey::duration},
                                               {"connect_us", SortKey::connect},
                                               {"connect", SortKey::connect},
                                               {"bytes_sent", SortKey::bytes_sent},
                                               {"bytes_received", SortKey::bytes_received},
                                               {"retransmits", SortKey::retransmits},
                                               {"srtt_us", SortKey::rtt},
                                               {"srtt", SortKey::rtt},
                                               {"rtt_us", SortKey::rtt},
                                               {"rtt", SortKey::rtt}}};

void append_unless_zero(std::string& out, std::uint64_t value) {
  if (value == 0) return;
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

void append_address(std::string& out, const IpAddress& address) {
  if (address.family != Family::unspecified) append(out, address);
}

std::optional<std::int64_t> wall(MonoTime time, const WallClock& clock) {
  return time.known() ? std::optional(clock.real_ns(time)) : std::nullopt;
}

std::optional<std::int64_t> connect_ns(const Connection& c) {
  if (c.direction != Direction::active || !c.opened.known() || !c.established.known()) return std::nullopt;
  return c.established.ns - c.opened.ns;
}

template <class Number>
std::optional<std::int64_t> of_stats(const Connection& c, Number SocketStats::*member) {
  if (!c.stats) return std::nullopt;
  return static_cast<std::int64_t>((*c.stats).*member);
}

}  // namespace

std::optional<SortKey> parse_sort_key(std::string_view name) {
  const auto* const found = std::ranges::find(kSortNames, name, &SortName::name);
  return found != kSortNames.end() ? std::optional(found->key) : std::nullopt;
}

std::string_view group_key_name(GroupKey key) {
  const auto* const found = std::ranges::find(kGroupKeys, key, &GroupKeyName::key);
  return found != kGroupKeys.end() ? found->name : std::string_view();
}

std::optional<GroupKey> parse_group_key(std::string_view name) {
  const auto* const found = std::ranges::find(kGroupKeys, name, &GroupKeyName::name);
  return found != kGroupKeys.end() ? std::optional(found->key) : std::nullopt;
}

void group_value(const Connection& c, GroupKey key, std::string& out) {
  out.clear();
  switch (key) {
    case GroupKey::remote_addr:
      return append_address(out, c.tuple.remote.address);
    case GroupKey::remote_port:
      return append_unless_zero(out, c.tuple.remote.port);
    case GroupKey::local_addr:
      return append_address(out, c.tuple.local.address);
    case GroupKey::local_port:
      return append_unless_zero(out, c.tuple.local.port);
    case GroupKey::comm:
      out = c.owner.comm;
      return;
    case GroupKey::pid:
      return append_unless_zero(out, c.owner.pid);
    case GroupKey::uid:
      if (c.owner.has_uid) out = std::to_string(c.owner.uid);
      return;
    case GroupKey::end_reason:
      if (c.ended) out = end_reason_name(c.end_reason);
      return;
    case GroupKey::closed_first:
      if (knows_closed_first(c)) out = closed_first_name(c.closed_first);
      return;
    case GroupKey::direction:
      out = direction_name(c.direction);
      return;
    case GroupKey::netns:
      return append_unless_zero(out, c.tuple.netns);
    case GroupKey::family:
      if (c.tuple.family != Family::unspecified) out = family_name(c.tuple.family);
      return;
    case GroupKey::state:
      if (c.state != TcpState::unknown) out = tcp_state_name(c.state);
      return;
    case GroupKey::error:
      out = errno_name(c.error);
      return;
    case GroupKey::cgroup_id:
      return append_unless_zero(out, c.owner.cgroup_id);
  }
}

std::optional<Nanoseconds> known_duration(const Connection& c, MonoTime seen) {
  const MonoTime end = c.ended ? c.closed : seen;
  if (!c.opened.known() || !end.known()) return std::nullopt;
  return std::max(end - c.opened, Nanoseconds(0));
}

std::optional<std::int64_t> sort_value(const Connection& c, MonoTime seen, const WallClock& clock,
                                       SortKey key) {
  switch (key) {
    case SortKey::id:
      return static_cast<std::int64_t>(c.id);
    case SortKey::opened:
      return wall(c.opened, clock);
    case SortKey::closed:
      return wall(c.closed, clock);
    case SortKey::duration: {
      const auto duration = known_duration(c, seen);
      return duration ? std::optional(duration->count()) : std::nullopt;
    }
    case SortKey::connect:
      return connect_ns(c);
    case SortKey::bytes_sent:
      return of_stats(c, &SocketStats::bytes_sent);
    case SortKey::bytes_received:
      return of_stats(c, &SocketStats::bytes_received);
    case SortKey::retransmits:
      return c.retransmits;
    case SortKey::rtt:
      return c.stats && c.stats->srtt_us != 0 ? of_stats(c, &SocketStats::srtt_us) : std::nullopt;
  }
  return std::nullopt;
}

std::string sort_sql(SortKey key) {
  switch (key) {
    case SortKey::id:
      return "r.id";
    case SortKey::opened:
      return "r.base + r.opened";
    case SortKey::closed:
      return "r.base + r.closed";
    case SortKey::duration:
      return fmt::format(
          "max(0, CASE WHEN (r.flags >> {}) & 1 THEN r.closed ELSE coalesce(r.last_event, 0) + r.seen END"
          " - r.opened)",
          flag::kEnded.shift);
    case SortKey::connect:
      return fmt::format("CASE WHEN (r.flags >> {}) & {} = {} THEN r.established - r.opened END",
                         flag::kDirection.shift, flag::kDirection.mask(),
                         static_cast<int>(Direction::active));
    case SortKey::bytes_sent:
      return "r.bytes_sent";
    case SortKey::bytes_received:
      return "r.bytes_received";
    case SortKey::retransmits:
      return "r.retransmits";
    case SortKey::rtt:
      return "r.srtt_us";
  }
  return "NULL";
}

void count_in(Group& group, const Connection& c, MonoTime seen) {
  ++group.connections;
  if (has_failed(c)) ++group.failed;
  if (c.stats) {
    group.bytes_sent += c.stats->bytes_sent;
    group.bytes_received += c.stats->bytes_received;
  }
  group.retransmits += c.retransmits;
  if (const auto duration = known_duration(c, seen)) {
    group.duration_sum += *duration;
    ++group.durations;
  }
}

void add_to(Group& sum, const Group& other) {
  sum.connections += other.connections;
  sum.failed += other.failed;
  sum.bytes_sent += other.bytes_sent;
  sum.bytes_received += other.bytes_received;
  sum.retransmits += other.retransmits;
  // In unsigned numbers: those of a hostile file must not overflow.
  sum.duration_sum =
      Nanoseconds(static_cast<std::int64_t>(static_cast<std::uint64_t>(sum.duration_sum.count()) +
                                            static_cast<std::uint64_t>(other.duration_sum.count())));
  sum.durations += other.durations;
}

void count_in(Groups& groups, const HistoryRecord& record, GroupKey key) {
  std::string value;
  group_value(record.connection, key, value);
  count_in(groups[value], record.connection, record.seen);
}

std::vector<Group> largest_first(Groups groups) {
  std::vector<Group> out;
  for (auto& [value, group] : groups) {
    if (group.connections == 0) continue;  // counted, and taken back
    group.value = value;
    out.push_back(std::move(group));
  }
  std::ranges::sort(out, [](const Group& a, const Group& b) {
    return a.connections != b.connections ? a.connections > b.connections : a.value < b.value;
  });
  return out;
}

}  // namespace conntrail::store
