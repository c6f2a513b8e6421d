// Text tables that fit the terminal.
#include <algorithm>
#include <numeric>

#include "cells.h"
#include "conntrail/base/text.h"
#include "conntrail/base/text_row.h"
#include "conntrail/view/table.h"
#include "owner_text.h"
#include "palette.h"

namespace conntrail::view {
namespace {

// One shown column with its cells; `width` is what the layout gives it.
struct Shown {
  const Column* column = nullptr;
  const Cells* answers = nullptr;
  std::string title;
  std::vector<std::string> cells;
  std::size_t width = 0;
};

// The natural width: the widest of title and cells.
std::size_t natural_width(const Shown& shown, bool header) {
  std::size_t width = header ? display_width(shown.title) : 0;
  for (const std::string& cell : shown.cells) width = std::max(width, display_width(cell));
  return width;
}

std::size_t total_width(const std::vector<Shown>& table, std::size_t gap) {
  const std::size_t cells = std::accumulate(table.begin(), table.end(), std::size_t{0},
                                            [](std::size_t sum, const Shown& s) { return sum + s.width; });
  return table.empty() ? 0 : cells + gap * (table.size() - 1);
}

// Narrows columns until the line fits or nothing may give way any more; a column that vanishes is left out
// where it has no room.
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
    if (it->column->vanishes && wanted < it->column->least) {
      table.erase(it);
      continue;
    }
    const std::size_t least = std::max(it->column->least, display_width(it->title));
    it->width = std::min(it->width, std::max(wanted, least));
  }
}

void put(TextRow& row, const Shown& shown, std::string_view text, std::string_view colour) {
  if (shown.column->alignment == Alignment::right) {
    row.right(text, shown.width, colour);
  } else {
    row.left(text, shown.width, colour);
  }
}

bool of_several_namespaces(std::span<const TableRow> rows) {
  return std::ranges::any_of(rows, [&](const TableRow& row) {
    return row.connection->tuple.netns != rows.front().connection->tuple.netns;
  });
}

std::vector<Shown> shown_columns(std::span<const TableRow> rows, const TableOptions& options,
                                 bool with_netns) {
  std::vector<std::size_t> columns = options.columns.empty() ? default_columns() : options.columns;
  const auto netns = column_index("netns");
  if (options.netns_by_itself && netns && std::ranges::find(columns, *netns) == columns.end() &&
      (with_netns || of_several_namespaces(rows)))
    columns.insert(columns.begin(), *netns);
  std::vector<Shown> table;
  for (const std::size_t index : columns) {
    const Column& column = connection_columns()[index];
    std::string title(column.title);
    const bool time_of_day = column.key == "opened" || column.key == "closed";
    if (time_of_day && !options.zone.empty()) title += " (" + options.zone + ")";
    table.push_back({&column, &column_cells()[index], std::move(title), {}, 0});
  }
  return table;
}

// The answer: whether the part has other columns than those before, which begin again under titles of their
// own.
bool keep_widths(std::vector<Shown>& table, const TableOptions& options, TableWidths& widths) {
  const bool other = !widths.columns.empty() && widths.columns.size() != table.size();
  if (other) {
    widths.columns.clear();
    widths.netns = true;
  }
  widths.titled |= options.header;
  widths.columns.resize(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i].width = std::max(table[i].width, widths.columns[i]);
    widths.columns[i] = table[i].width;
  }
  return other && widths.titled;
}

bool shows(const std::vector<Shown>& table, std::string_view key) {
  return std::any_of(table.begin(), table.end(),
                     [key](const Shown& shown) { return shown.column->key == key; });
}

std::string_view colour_of(const Shown& shown, const Connection& connection) {
  return shown.answers->colour != nullptr ? shown.answers->colour(connection) : kNoColour;
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
  std::vector<Shown> table = shown_columns(rows, options, widths != nullptr && widths->netns);
  const bool with_present = !(shows(table, "state") && shows(table, "age"));
  const auto context_of = [&](const TableRow& row) {
    return CellContext{row.clock, row.now, with_present, options.dates, &options.namespaces};
  };
  for (Shown& shown : table) {
    shown.cells.reserve(rows.size());
    for (const TableRow& row : rows)
      shown.cells.push_back(shown.answers->text(*row.connection, context_of(row), kNoLimit));
    shown.width = natural_width(shown, options.header);
  }
  bool header = options.header;
  if (widths != nullptr && keep_widths(table, options, *widths)) header = true;

  // Two blanks between columns where there is room; one before any column has to give way.
  std::size_t gap = 2;
  if (options.width > 0) {
    const auto available = static_cast<std::size_t>(options.width);
    if (total_width(table, gap) > available) gap = 1;
    fit(table, available, gap);
  }

  std::string out;
  TextRow line(out, options.colour);
  if (header) {
    for (const Shown& shown : table) {
      put(line, shown, shown.title, kBold);
      line.gap(gap);
    }
    line.end();
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Connection& connection = *rows[i].connection;
    for (const Shown& shown : table) {
      const std::string& cell = shown.cells[i];
      const std::string_view colour = options.colour ? colour_of(shown, connection) : kNoColour;
      if (display_width(cell) > shown.width) {
        put(line, shown, shown.answers->text(connection, context_of(rows[i]), shown.width), colour);
      } else {
        put(line, shown, cell, colour);
      }
      line.gap(gap);
    }
    line.end();
  }
  return out;
}

}  // namespace conntrail::view
