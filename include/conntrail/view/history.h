// What a history shows besides its connections: groups of them, and the stretches of time it lacks.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "conntrail/model/history.h"

namespace conntrail::view {

// `keys`: what is counted by ("remote_addr"), the titles of the first columns. Values from outside are made
// printable; nothing is cut. Who opened them and the worst reason have columns where something is known of
// it.
using GroupKeys = std::span<const std::string_view>;
[[nodiscard]] std::string render_groups(std::span<const Group> groups, GroupKeys keys, bool colour,
                                        bool header);
// JSON lines of type "group"; RFC 4180.
void append_group_json(std::string& out, const Group& group, GroupKeys keys);
[[nodiscard]] std::string render_groups_csv(std::span<const Group> groups, GroupKeys keys, bool header);

// JSON line of type "gap".
void append_gap_json(std::string& out, const Gap& gap);
// "events lost from 2026-11-20 12:00:00.000000 for 1.20s (412)": one line without its end.
[[nodiscard]] std::string gap_text(const Gap& gap);

}  // namespace conntrail::view
