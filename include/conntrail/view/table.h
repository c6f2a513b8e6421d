// Tables of connections with chosen columns: text that fits a terminal, and CSV (RFC 4180). For JSON see
// line.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/base/result.h"
#include "conntrail/model/connection.h"
#include "conntrail/model/namespace_labels.h"

namespace conntrail::view {

enum class Alignment : std::uint8_t { left, right };

struct Column {
  std::string_view key;    // as typed in --columns and --sort: "state", "remote"
  std::string_view title;  // table header
  Alignment alignment = Alignment::left;
  bool by_default = false;
  int give_way = 0;         // the higher, the sooner it is shortened when the terminal is narrow; 0 = never
  std::size_t least = 0;    // columns it is shortened to at most
  std::string_view fields;  // its CSV fields, comma separated: the JSON keys of the same values
                            // (docs/records.md); each is also understood in place of `key`
  std::string_view help;
  bool vanishes = false;      // where `least` does not fit, it is left out
  bool only_by_name = false;  // "all" does not mean it: it may show what nobody should look for by chance
};

// Every column, in the order in which the default table shows them.
[[nodiscard]] std::span<const Column> connection_columns();
// Indices into connection_columns(): "state,age,owner" are exactly these; "+netns" (default and more),
// "-trail" (default without), "all" (but those only_by_name). An unknown name suggests the near one.
// `usual`: in place of the default ones.
[[nodiscard]] Result<std::vector<std::size_t>> parse_columns(std::string_view text,
                                                             std::span<const std::size_t> usual = {});
// What parse_columns starts from.
[[nodiscard]] std::vector<std::size_t> default_columns();

struct SortKey {
  std::size_t column = 0;
  bool descending = false;
};
[[nodiscard]] Result<std::vector<SortKey>> parse_sort(std::string_view text);  // "remote,-age"

struct TableOptions {
  std::vector<std::size_t> columns{};  // empty: the default ones
  std::vector<SortKey> sort{};         // the caller sorts, with sort_connections()
  int width = 0;                       // terminal columns; 0 = unlimited
  bool colour = false;
  bool header = true;
  bool dates = false;  // times of day with their date
  std::string zone{};  // of the times of day, in the titles of their columns: "UTC"
  // Rows of several network namespaces have the column that tells them apart, also where it was not asked
  // for.
  bool netns_by_itself = false;
  NamespaceLabels namespaces{};
};

// A connection of a table whose rows are of several times or runs.
struct TableRow {
  const Connection* connection = nullptr;
  WallClock clock = WallClock::with_offset(0);
  MonoTime now;  // ages and durations of a living connection count to here
};

// Widths of a table that is printed in parts, so that later parts stand under the earlier ones.
struct TableWidths {
  std::vector<std::size_t> columns;  // as wide as they were so far
  bool netns = false;                // the network namespace has come in by itself
  bool titled = false;               // the first part had a header
};

// By the first key, then the next, …; equal ones keep their order. Numbers compare as numbers, addresses as
// addresses; what is not known comes last, also when descending.
void sort_connections(std::vector<const Connection*>& connections, std::span<const SortKey> keys,
                      MonoTime now);

// One line per connection. Nothing that matters is cut: on a narrow terminal the trail loses its old end,
// then reasons and process names are shortened; addresses, ports, states and numbers never are, and a
// terminal too narrow for those wraps.
[[nodiscard]] std::string render_table(std::span<const Connection* const> connections,
                                       const TableOptions& options, const WallClock& clock, MonoTime now);

// The same for rows of their own times. With `widths` this is a part of a longer table: no column is narrower
// than in the parts before.
[[nodiscard]] std::string render_table(std::span<const TableRow> rows, const TableOptions& options,
                                       TableWidths* widths = nullptr);

// Header row of field names, then one row per connection, lines ending in CRLF; unknown values are empty
// fields. Control characters in process names are replaced as in a table.
[[nodiscard]] std::string render_csv(std::span<const Connection* const> connections,
                                     const TableOptions& options, const WallClock& clock, MonoTime now);
[[nodiscard]] std::string render_csv(std::span<const TableRow> rows, const TableOptions& options);

}  // namespace conntrail::view
