// What connections are sorted and counted by: the value of each key, from a record, for the writer's
// summaries and the reader's scans alike, so that both agree.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "conntrail/store/history.h"

namespace conntrail::store {

inline constexpr std::array kGroupKeys{GroupKey::remote_addr, GroupKey::remote_port, GroupKey::local_addr,
                                       GroupKey::local_port,  GroupKey::comm,        GroupKey::pid,
                                       GroupKey::uid,         GroupKey::end_reason,  GroupKey::closed_first,
                                       GroupKey::direction,   GroupKey::netns,       GroupKey::family,
                                       GroupKey::state,       GroupKey::error,       GroupKey::cgroup_id};

// The sort keys that need more than the order of the rows.
inline constexpr std::array kValueKeys{SortKey::opened,      SortKey::closed,     SortKey::duration,
                                       SortKey::connect,     SortKey::bytes_sent, SortKey::bytes_received,
                                       SortKey::retransmits, SortKey::rtt};

// As JSON shows it, without quotes; empty = not known. `out` is replaced.
void group_value(const Connection& connection, GroupKey key, std::string& out);

// Greater is longer, later, more; times in ns since 1970. Empty = not known.
[[nodiscard]] std::optional<std::int64_t> sort_value(const Connection& connection, MonoTime seen,
                                                     const WallClock& clock, SortKey key);
// The same in SQL, on `record r`.
[[nodiscard]] std::string sort_sql(SortKey key);

// From the opening to the end, or to when it was last seen.
[[nodiscard]] std::optional<Nanoseconds> known_duration(const Connection& connection, MonoTime seen);
// It ended, for a reason that is known and not the normal one.
[[nodiscard]] bool has_failed(const Connection& connection);

// Adds one connection to a group.
void count_in(Group& group, const Connection& connection, MonoTime seen);

}  // namespace conntrail::store
