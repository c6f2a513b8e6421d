// RangeOptions: which recording is read, and which time of it.
#pragma once

#include <string>

#include "conntrail/recorder/history_range.h"
#include "conntrail/recorder/history_source.h"
#include "options/command_line.h"

namespace conntrail::cli {

struct RangeOptions {
  recorder::HistoryPlace place;
  recorder::HistoryRange range;

  void add_to(CommandLine& line);        // --db, --from, --since and --until
  void add_place_to(CommandLine& line);  // --db and --from
};

}  // namespace conntrail::cli
