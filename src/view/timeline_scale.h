// The scale of a timeline: where each state of a trail lies on a bar of so many columns.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/model/connection.h"

namespace conntrail::view {

// A state's place: columns [begin, end); at least one.
struct Bar {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::optional<Nanoseconds> time;  // in the state; empty: its begin or its end is not known
  bool over = false;                // CLOSE as the end of all: it takes no time
};

// One per step of the trail, next to each other from column 0 on.
[[nodiscard]] std::vector<Bar> bars_of(const Connection& connection, MonoTime now, std::size_t columns);

// The column of a moment within the step it lies in; empty when it lies in none.
[[nodiscard]] std::optional<std::size_t> column_of(const Connection& connection, const std::vector<Bar>& bars,
                                                   MonoTime time, MonoTime now);

}  // namespace conntrail::view
