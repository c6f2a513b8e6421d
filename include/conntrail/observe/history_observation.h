// Evidence from a history database: what a recorder wrote about a stretch of time.
#pragma once

#include <memory>
#include <string>

#include "conntrail/base/result.h"
#include "conntrail/filter/filter.h"
#include "conntrail/observe/observation.h"
#include "conntrail/store/history.h"

namespace conntrail::observe {

// Connections of several runs are put on one clock. They are as they were when last written; where the range
// ends earlier, later steps are removed as far as the trail shows them. Memory is bounded: of more than 500
// 000 connections the newest are used, and a note says so.
[[nodiscard]] Result<std::unique_ptr<Observation>> observe_history(const filter::Filter& filter,
                                                                   const store::Condition& range,
                                                                   const std::string& database);

}  // namespace conntrail::observe
