// CSV as RFC 4180 has it.
#include <string_view>

#include "cells.h"
#include "conntrail/view/table.h"
#include "csv_field.h"

namespace conntrail::view {
std::string render_csv(std::span<const Connection* const> connections, const TableOptions& options,
                       const WallClock& clock, MonoTime now) {
  std::vector<TableRow> rows;
  rows.reserve(connections.size());
  for (const Connection* connection : connections) rows.push_back({connection, clock, now});
  return render_csv(rows, options);
}

std::string render_csv(std::span<const TableRow> rows, const TableOptions& options) {
  const std::vector<std::size_t> columns = options.columns.empty() ? default_columns() : options.columns;
  std::string out;
  if (options.header) {
    std::string_view separator;
    for (const std::size_t column : columns) {
      out += separator;
      out += connection_columns()[column].fields;
      separator = ",";
    }
    out += kLineEnd;
  }
  std::vector<std::string> fields;
  for (const TableRow& row : rows) {
    const CellContext context{row.clock, row.now};
    fields.clear();
    for (const std::size_t column : columns) column_cells()[column].fields(fields, *row.connection, context);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) out += ',';
      append_csv_field(out, fields[i]);
    }
    out += kLineEnd;
  }
  return out;
}

}  // namespace conntrail::view
