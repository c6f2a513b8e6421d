// Text tables that fit the terminal.
#include <algorithm>
#include <array>
#include <numeric>

#include "cells.h"
#include "conntrail/base/text.h"
#include "conntrail/view/table.h"
#include "palette.h"

namespace conntrail::view {
namespace {

// One shown column with its cells; `width` is what the layout gives it.
struct Shown {
  ColumnId id = ColumnId::state;
  const Column* column = nullptr;
  std::vector<std::string> cells;
  std::size_t width = 0;
};

// The natural width: the widest of title and cells.
std::size_t natural_width(const Shown& shown, bool header) {
  std::size_t width = header ? display_width(shown.column->title) : 0;
  for (const std::string& cell : shown.cells) width = std::max(width, display_width(cell));
  return width;
}

std::size_t total_width(const std::vector<Shown>& table, std::size_t gap) {
  const std::size_t cells = std::accumulate(table.begin(), table.end(), std::size_t{0},
                                            [](std::size_t sum, const Shown& s) { return sum + s.width; });
  return table.empty() ? 0 : cells + gap * (table.size() - 1);
}

// Narrows columns until the line fits or nothing may give way any more; a trail without room is left out.
void fit(std::vector<Shown>& table, std::size_t available, std::size_t gap) {
  std::vector<int> ranks;
  for (const Shown& shown : table) {
    if (shown.column->give_way > 0) ranks.push_back(shown.column->give_way);
  }
  std::sort(ranks.rbegin(), ranks.rend());
  for (const int rank : ranks) {
    const std::size_t total = total_width(table, gap);
    if (total <= available) return;
    const auto it = std::find_if(table.begin(), table.end(),
                                 [rank](const Shown& s) { return s.column->give_way == rank; });
    const std::size_t excess = total - available;
    const std::size_t wanted = it->width > excess ? it->width - excess : 0;
    if (it->id == ColumnId::trail && wanted < it->column->least) {
      table.erase(it);
      continue;
    }
    const std::size_t least = std::max(it->column->least, display_width(it->column->title));
    it->width = std::min(it->width, std::max(wanted, least));
  }
}

// Appends the cells of one line; the last cell is not padded, so no line ends in blanks.
class LineWriter {
 public:
  LineWriter(std::string& out, std::size_t gap) : out_(out), gap_(gap) {}

  void cell(std::string_view text, std::size_t width, Alignment alignment, std::string_view colour) {
    const std::size_t text_width = display_width(text);
    const std::size_t padding = width > text_width ? width - text_width : 0;
    if (alignment == Alignment::right) pending_ += padding;
    if (!text.empty()) {
      out_.append(pending_, ' ');
      pending_ = 0;
      append_coloured(out_, text, colour);
    }
    if (alignment == Alignment::left) pending_ += padding;
    pending_ += gap_;
  }
  void end() {
    out_ += '\n';
    pending_ = 0;
  }

 private:
  std::string& out_;
  std::size_t gap_;
  std::size_t pending_ = 0;
};

std::vector<Shown> shown_columns(const TableOptions& options) {
  std::vector<Shown> table;
  for (const std::size_t index : options.columns.empty() ? default_columns() : options.columns)
    table.push_back({static_cast<ColumnId>(index), &connection_columns()[index], {}, 0});
  return table;
}

void keep_widths(std::vector<Shown>& table, TableWidths& widths) {
  widths.columns.resize(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i].width = std::max(table[i].width, widths.columns[i]);
    widths.columns[i] = table[i].width;
  }
}

bool shows(const std::vector<Shown>& table, ColumnId id) {
  return std::any_of(table.begin(), table.end(), [id](const Shown& shown) { return shown.id == id; });
}

}  // namespace

std::string render_table(std::span<const Connection* const> connections, const TableOptions& options,
                         const WallClock& clock, MonoTime now) {
  std::vector<TableRow> rows;
  rows.reserve(connections.size());
  for (const Connection* connection : connections) rows.push_back({connection, clock, now});
  return render_table(rows, options);
}

std::string render_table(std::span<const TableRow> rows, const TableOptions& options, TableWidths* widths) {
  std::vector<Shown> table = shown_columns(options);
  const bool with_present = !(shows(table, ColumnId::state) && shows(table, ColumnId::age));
  const auto context_of = [&](const TableRow& row) {
    return CellContext{row.clock, row.now, with_present, options.dates};
  };
  for (Shown& shown : table) {
    shown.cells.reserve(rows.size());
    for (const TableRow& row : rows)
      shown.cells.push_back(cell_text(shown.id, *row.connection, context_of(row)));
    shown.width = natural_width(shown, options.header);
  }
  if (widths != nullptr) keep_widths(table, *widths);

  // Two blanks between columns where there is room; one before any column has to give way.
  std::size_t gap = 2;
  if (options.width > 0) {
    const auto available = static_cast<std::size_t>(options.width);
    if (total_width(table, gap) > available) gap = 1;
    fit(table, available, gap);
  }

  std::string out;
  LineWriter line(out, gap);
  if (options.header) {
    for (const Shown& shown : table)
      line.cell(shown.column->title, shown.width, shown.column->alignment,
                options.colour ? kBold : kNoColour);
    line.end();
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Connection& connection = *rows[i].connection;
    for (const Shown& shown : table) {
      const std::string& cell = shown.cells[i];
      const std::string_view colour = options.colour ? cell_colour(shown.id, connection) : kNoColour;
      if (display_width(cell) > shown.width) {
        line.cell(cell_text(shown.id, connection, context_of(rows[i]), shown.width), shown.width,
                  shown.column->alignment, colour);
      } else {
        line.cell(cell, shown.width, shown.column->alignment, colour);
      }
    }
    line.end();
  }
  return out;
}

}  // namespace conntrail::view
