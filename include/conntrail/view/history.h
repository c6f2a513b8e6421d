// What a history shows beside its connections: groups of them, and the stretches of time it lacks.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "conntrail/base/clock.h"

namespace conntrail::view {

// Connections with one value of what they are counted by.
struct GroupRow {
  std::string value;  // empty: not known
  std::uint64_t connections = 0;
  std::uint64_t failed = 0;  // ended otherwise than normal
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t retransmits = 0;
  Nanoseconds duration_sum{0};  // of those with a known duration
  std::uint64_t durations = 0;  // how many these are
};

// `key`: what is counted by ("remote_addr"), the title of the first column. Values from outside are made
// printable; nothing is cut.
[[nodiscard]] std::string render_groups(std::span<const GroupRow> groups, std::string_view key, bool colour,
                                        bool header);
// JSON lines of type "group"; RFC 4180.
void append_group_json(std::string& out, const GroupRow& group, std::string_view key);
[[nodiscard]] std::string render_groups_csv(std::span<const GroupRow> groups, std::string_view key,
                                            bool header);

// Of a stretch of time something may be missing (JSON type "gap").
struct GapLine {
  std::int64_t from_ns = 0;  // since 1970
  std::int64_t to_ns = 0;
  std::uint64_t count = 0;  // events or records, 0: not known
  std::string_view cause;
};
void append_gap_json(std::string& out, const GapLine& gap);
// "events lost from 2026-11-20 12:00:00.000000 for 1.20s (412)": one line without its end.
[[nodiscard]] std::string gap_text(const GapLine& gap);

}  // namespace conntrail::view
