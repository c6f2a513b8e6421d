// The table of `conntrail list`, live and from a capture.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/output.h"
#include "conntrail/filter/filter.h"
#include "conntrail/track/tracker.h"
#include "conntrail/view/table.h"
#include "options/capture_options.h"
#include "options/source_options.h"
#include "options/table_options.h"

namespace conntrail::cli {

struct ListOptions {
  SourceOptions source;
  TableOptions table;
  CaptureOptions files;
  std::string for_text;
  std::string watch_text;
  std::string at;        // with files.from: the table of this moment; empty = of its end
  bool summary = false;  // how many of each state, not each of them
  bool no_history = false;
  std::string history;  // a recorder's database; empty: the default one
  std::optional<std::uint64_t> count;
};

// What to print, and how. `clock` and `filter` must outlive it.
class ListTable {
 public:
  ListTable(const ListOptions& options, const filter::Filter& filter, view::TableOptions table,
            WallClock clock)
      : options_(options), filter_(filter), table_(std::move(table)), clock_(clock) {}

  // One table of what the tracker has now, into `output`; the answer is how many rows it has. `lost`: events
  // that were lost so far.
  std::size_t print(Output& output, const track::Tracker& tracker, MonoTime now, std::uint64_t lost);
  void set_clock(WallClock clock) { clock_ = clock; }
  void set_width(int columns) { table_.width = columns; }
  void hide_gone(bool hide) { hide_gone_ = hide; }
  [[nodiscard]] bool shows(std::string_view column) const;

 private:
  void print_summary(Output& output, const std::vector<const Connection*>& rows) const;

  const ListOptions& options_;
  const filter::Filter& filter_;
  view::TableOptions table_;
  WallClock clock_;
  bool hide_gone_ = false;
};

// `list --from`: the process exit code.
int list_recorded(const ListOptions& options, view::TableOptions table);

}  // namespace conntrail::cli
