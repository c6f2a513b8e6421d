// What connections are sorted and counted by: the value of each key, from a record, so that filters and
// replays count as the database does.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "conntrail/store/history.h"

namespace conntrail::store {

struct GroupKeyName {
  GroupKey key;
  std::string_view name;
};
// All there are, in the order in which people are told of them.
inline constexpr std::array<GroupKeyName, 15> kGroupKeys{{{GroupKey::remote_addr, "remote_addr"},
                                                          {GroupKey::remote_port, "remote_port"},
                                                          {GroupKey::local_addr, "local_addr"},
                                                          {GroupKey::local_port, "local_port"},
                                                          {GroupKey::comm, "comm"},
                                                          {GroupKey::pid, "pid"},
                                                          {GroupKey::uid, "uid"},
                                                          {GroupKey::end_reason, "end_reason"},
                                                          {GroupKey::closed_first, "closed_first"},
                                                          {GroupKey::direction, "direction"},
                                                          {GroupKey::netns, "netns"},
                                                          {GroupKey::family, "family"},
                                                          {GroupKey::state, "state"},
                                                          {GroupKey::error, "error"},
                                                          {GroupKey::cgroup_id, "cgroup_id"}}};

// As JSON shows it, without quotes; empty = not known. `out` is replaced.
void group_value(const Connection& connection, GroupKey key, std::string& out);

// Greater is longer, later, more; times in ns since 1970. Empty = not known.
[[nodiscard]] std::optional<std::int64_t> sort_value(const Connection& connection, MonoTime seen,
                                                     const WallClock& clock, SortKey key);

// Adds one connection to a group.
void count_in(Group& group, const Connection& connection, MonoTime seen);

// Adds what another group has counted.
void add_to(Group& sum, const Group& other);

using Groups = std::unordered_map<std::string, Group>;  // by value

// Adds a record to the group that it belongs to.
void count_in(Groups& groups, const HistoryRecord& record, GroupKey key);

// The groups in the order of every answer, equal ones by value; empty ones are left out.
[[nodiscard]] std::vector<Group> largest_first(Groups groups);

}  // namespace conntrail::store
