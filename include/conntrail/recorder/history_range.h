// The time range that history and export ask for, as options and as the condition of a source.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "conntrail/base/result.h"
#include "conntrail/filter/filter.h"
#include "conntrail/store/history.h"

namespace conntrail::cli {

struct HistoryRange {
  std::string since;
  std::string until;

  void add_to(CLI::App& app);
};

// The range, and what of the filter an index can answer. Times are as parse_moment() reads them, now.
[[nodiscard]] Result<store::Condition> to_condition(const HistoryRange& range, const filter::Filter& filter);

}  // namespace conntrail::cli
