// Evidence from a history database: what a recorder wrote about a stretch of time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "conntrail/base/result.h"
#include "conntrail/filter/filter.h"
#include "observation.h"

namespace conntrail::cli {

struct HistoryRange {
  std::string database;
  std::int64_t since_ns = 0;             // wall time, ns since 1970
  std::optional<std::int64_t> until_ns;  // empty: up to what was written last
};

// Connections of several runs are put on one clock. They are as they were when last written: with `until_ns`
// some of them have gone on since, and what came after is taken away as far as the trail tells. Memory is
// bounded: of more than 500 000 connections the newest are taken, and a note says so.
[[nodiscard]] Result<std::unique_ptr<Observation>> observe_history(const filter::Filter& filter,
                                                                   const HistoryRange& range);

// The record as it was at `then`: later steps are taken away, and its end when that came later. For records
// that were there then.
void rewind(Connection& connection, MonoTime then);

}  // namespace conntrail::cli
