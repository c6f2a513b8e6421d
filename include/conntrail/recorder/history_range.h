// The time range that history, export and diagnose ask for, as words and as the condition of a source.
#pragma once

#include <string>

#include "conntrail/base/result.h"
#include "conntrail/filter/filter.h"
#include "conntrail/store/history.h"

namespace conntrail::recorder {

struct HistoryRange {
  std::string since;
  std::string until;
};

// The range, and the part of the filter that an index can answer. Times are read as parse_moment() reads
// them, now.
[[nodiscard]] Result<store::Condition> to_condition(const HistoryRange& range, const filter::Filter& filter);

}  // namespace conntrail::recorder
