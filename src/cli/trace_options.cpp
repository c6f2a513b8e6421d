#include "trace_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "conntrail/base/json_object.h"
#include "conntrail/base/terminal.h"
#include "conntrail/base/text.h"
#include "options/table_options.h"
#include "stderr_messages.h"

namespace conntrail::cli {
namespace {

LineTypes line_types(const TraceOptions& options) {
  LineTypes types;
  // In text the closing transition already carries the verdict; scripts get the end as a line of its own.
  types.ends = options.json || options.by == "connection";
  if (!options.only.empty()) {
    const auto wanted = [&](std::string_view name) {
      return std::ranges::find(options.only, name) != options.only.end();
    };
    types = {wanted("transition"), wanted("retransmit"), wanted("reset"), wanted("end"), true};
  }
  types.retransmits = types.retransmits && !options.no_retransmits;
  types.resets = types.resets && !options.no_resets;
  return types;
}

constexpr std::array<std::string_view, 2> kMoreColumns{"netns", "title"};

// "+title,+netns" and "title,netns" mean the same: lines have their other columns anyway.
std::vector<std::string_view> added_columns(std::string_view text) {
  std::vector<std::string_view> columns;
  if (text.empty()) return columns;
  for (std::string_view column : split(text, ',')) {
    column = trim(column);
    if (column.starts_with('+')) column.remove_prefix(1);
    columns.push_back(column);
  }
  return columns;
}

bool adds(const TraceOptions& options, std::string_view column) {
  const std::vector<std::string_view> added = added_columns(options.columns);
  return std::ranges::find(added, column) != added.end();
}

std::string plural(std::uint64_t n, std::string_view what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

}  // namespace

void add_trace_options(CommandLine& line, TraceOptions& options) {
  options.source.add_to(line);
  const auto cgroup = options.source.add_cgroup_to(line);
  add_json(line, options.json);
  line.add_choice("--by", options.by, {"transition", "connection"},
                  "a line per transition (default), or per ended connection with its trail");
  line.add_choices("--only", options.only, {"transition", "retransmit", "reset", "end"},
                   "only lines of these types: transition, retransmit, reset, end");
  line.add(
      "--columns", options.columns, "NAMES",
      "more columns: +netns (shown by itself once there are several), +title (the owner's command line)");
  line.add_flag("--no-retransmit,--no-retransmits", options.no_retransmits, "no retransmit lines");
  line.add_flag("--no-reset,--no-resets", options.no_resets, "no reset lines");
  line.add("--for", options.for_text, "DURATION", "end after this time, such as 10s");
  line.add("--count", options.count, "N", "end after so many lines");
  line.add("-o,--output", options.output, "FILE", "write the lines to this file");
  add_ring_size(line, options.ring_size);
  const auto files = options.files.add_to(line, "show");
  only_live(line,
            line.add_flag("--poll", options.poll, "compare snapshots instead of listening to kernel events"),
            files.from);
  only_live(line, cgroup, files.from);
  line.set_footer(
      "What follows -- is run as a command and traced with all its descendants; its exit status is passed "
      "on.");
}

Result<void> check_columns(const TraceOptions& options) {
  for (const std::string_view column : added_columns(options.columns)) {
    if (std::ranges::find(kMoreColumns, column) == kMoreColumns.end())
      return fail_usage("--columns: '" + printable(column) + "' is not a column that trace can add", {},
                        "use +netns or +title");
  }
  return {};
}

bool asks_for_titles(const TraceOptions& options, const filter::Filter& filter) {
  return adds(options, "title") || filter.asks_for_titles();
}

TraceFormat trace_format(const TraceOptions& options, const filter::Filter& filter, const Output& output) {
  TraceFormat format;
  format.fold_older = !options.json && options.only.empty() && !filter.names_state(TcpState::time_wait);
  format.style.netns = adds(options, "netns");
  format.style.title = adds(options, "title");
  format.json = options.json;
  format.by_connection = options.by == "connection";
  format.types = line_types(options);
  if (output.is_terminal()) {
    format.style.width = terminal_width(STDOUT_FILENO);
    format.style.colour = wants_colour(STDOUT_FILENO);
  }
  return format;
}

void print_summary(const TraceCounts& counts, const EventTotals& totals, Output& output, bool json) {
  if (json) {
    JsonWriter writer(output.buffer());
    JsonObject line(writer);
    line.text("type", "summary");
    line.number("connections", counts.connections);
    line.number("transitions", counts.transitions);
    line.number("retransmits", counts.retransmits);
    line.number("resets", counts.resets);
    line.number("ended", counts.ended);
    line.number("events_tried", totals.tried);
    line.number("events_received", totals.received);
    line.number("events_lost", totals.lost);
    line.end();
    writer.raw("\n");
    writer.flush();
    output.flush();
  }
  note(fmt::format("{}, {}, {}, {}, {} lost{}", plural(counts.connections, "connection"),
                   plural(counts.transitions, "transition"), plural(counts.retransmits, "retransmit"),
                   plural(counts.resets, "reset"), totals.lost,
                   totals.lost > 0
                       ? fmt::format(" of {} events (a larger --ring-size or a filter helps)", totals.tried)
                       : ""));
}

}  // namespace conntrail::cli
