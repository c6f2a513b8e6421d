#include "trace_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "conntrail/base/json_object.h"
#include "conntrail/base/terminal.h"
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

TraceFormat trace_format(const TraceOptions& options, const Output& output) {
  TraceFormat format;
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
