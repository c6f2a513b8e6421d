// Values of one connection in one column, as each output needs them.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "column_id.h"
#include "conntrail/base/clock.h"
#include "conntrail/model/connection.h"
#include "owner_text.h"

namespace conntrail::view {

// What the cells of one table have in common.
struct CellContext {
  const WallClock& clock;
  MonoTime now;
  bool trail_with_present = true;  // false: the table shows the present state and its age elsewhere
  bool dates = false;              // times of day with their date
};

// For people; "-" when unknown. Columns that can give way are shortened to `most` columns.
[[nodiscard]] std::string cell_text(ColumnId column, const Connection& connection, const CellContext& context,
                                    std::size_t most = kNoLimit);
// Colour of that cell; empty for most.
[[nodiscard]] std::string_view cell_colour(ColumnId column, const Connection& connection);

// For scripts: one text per CSV field of the column, not yet quoted; empty when unknown.
void append_fields(std::vector<std::string>& fields, ColumnId column, const Connection& connection,
                   const CellContext& context);

// For sorting. Of `text`, `endpoint` and `number`, a column uses what it needs and leaves the rest equal.
struct SortValue {
  bool known = false;
  std::string text;
  Endpoint endpoint;
  std::int64_t number = 0;
};
[[nodiscard]] SortValue sort_value(ColumnId column, const Connection& connection, MonoTime now);

}  // namespace conntrail::view
