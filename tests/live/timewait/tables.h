// Tables of `list --json --watch`: the rows of one table carry one and the same `mono_ns`.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tool.h"

namespace conntrail::live {

// When the table was printed (CLOCK_MONOTONIC, ns) to its rows.
using Tables = std::map<std::uint64_t, std::vector<Json>>;

inline Tables tables_of(const std::vector<Json>& lines) {
  Tables tables;
  for (const Json& line : lines)
    if (line.value("type", "") == "connection")
      tables[line.value("mono_ns", std::uint64_t{0})].push_back(line);
  return tables;
}

// A time-wait socket as the kernel counts them: its substate is TIME_WAIT or FIN_WAIT2 without a full socket.
inline bool is_time_wait_row(const Json& row) {
  return !row.value("gone", false) &&
         (row.value("state", "") == "TIME_WAIT" ||
          (row.value("state", "") == "FIN_WAIT2" && row.value("time_wait", false)));
}

}  // namespace conntrail::live
