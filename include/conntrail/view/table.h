// Tables of connections with chosen columns: text that fits a terminal, JSON Lines, CSV (RFC 4180).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/base/result.h"
#include "conntrail/model/connection.h"

namespace conntrail::view {

enum class Alignment : std::uint8_t { left, right };

struct Column {
  std::string_view key;    // as typed in --columns and --sort, and the JSON/CSV key: "state", "remote"
  std::string_view title;  // table header
  Alignment alignment = Alignment::left;
  bool by_default = false;
  int give_way = 0;  // the higher, the sooner it is shortened when the terminal is narrow; 0 = never
  std::string_view help;
};

[[nodiscard]] std::span<const Column> connection_columns();
// "state,age,owner", "+netns" (default and more), "-trail" (default without); an unknown name suggests the
// near one.
[[nodiscard]] Result<std::vector<std::size_t>> parse_columns(std::string_view text);

struct SortKey {
  std::size_t column = 0;
  bool descending = false;
};
[[nodiscard]] Result<std::vector<SortKey>> parse_sort(std::string_view text);  // "remote,-age"

struct TableOptions {
  std::vector<std::size_t> columns;
  std::vector<SortKey> sort;
  int width = 0;  // terminal columns; 0 = unlimited
  bool colour = false;
  bool header = true;
};

void sort_connections(std::vector<const Connection*>& connections, std::span<const SortKey> keys,
                      MonoTime now);
[[nodiscard]] std::string render_table(std::span<const Connection* const> connections,
                                       const TableOptions& options, const WallClock& clock, MonoTime now);
[[nodiscard]] std::string render_csv(std::span<const Connection* const> connections,
                                     const TableOptions& options, const WallClock& clock, MonoTime now);

}  // namespace conntrail::view
