// CSV as RFC 4180 has it.
#include <string_view>

#include "cells.h"
#include "conntrail/base/text.h"
#include "conntrail/view/table.h"

namespace conntrail::view {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

void append_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

std::string render_csv(std::span<const Connection* const> connections, const TableOptions& options,
                       const WallClock& clock, MonoTime now) {
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
  const CellContext context{clock, now};
  std::vector<std::string> fields;
  for (const Connection* connection : connections) {
    fields.clear();
    for (const std::size_t column : columns)
      append_fields(fields, static_cast<ColumnId>(column), *connection, context);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) out += ',';
      append_field(out, fields[i]);
    }
    out += kLineEnd;
  }
  return out;
}

}  // namespace conntrail::view
