// What the outputs ask a column about one connection. column_table.cpp has the answers of every column.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/model/connection.h"
#include "conntrail/model/namespace_labels.h"

namespace conntrail::view {

// What the cells of one table have in common.
struct CellContext {
  const WallClock& clock;
  MonoTime now;
  bool trail_with_present = true;  // false: the table shows the present state and its age elsewhere
  bool dates = false;              // times of day with their date
  const NamespaceLabels* namespaces = nullptr;
};

// Of `text`, `endpoint` and `number`, a column uses what it needs and leaves the rest equal.
struct SortValue {
  bool known = false;
  std::string text;
  Endpoint endpoint;
  std::int64_t number = 0;
};

// Plain functions without state: a cell costs one indirect call, as a switch would.
struct Cells {
  using Text = std::string (*)(const Connection&, const CellContext&, std::size_t most);
  using Fields = void (*)(std::vector<std::string>& fields, const Connection&, const CellContext&);
  using Sort = SortValue (*)(const Connection&, MonoTime now);
  using Colour = std::string_view (*)(const Connection&);

  Text text = nullptr;      // for people; "-" when unknown. Columns that can give way obey `most`.
  Fields fields = nullptr;  // for scripts: appends one text per CSV field, not yet quoted; empty when unknown
  Sort sort = nullptr;
  Colour colour = nullptr;  // of the text; null: it has none
};

// In the order of connection_columns().
[[nodiscard]] std::span<const Cells> column_cells();
// The index of a column that the code itself asks for; nullopt when the table has no such key.
[[nodiscard]] std::optional<std::size_t> column_index(std::string_view key);

}  // namespace conntrail::view
