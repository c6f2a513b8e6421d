#include "trace_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string_view>

#include "conntrail/base/terminal.h"

namespace conntrail::cli {
namespace {

LineTypes line_types(const TraceOptions& options) {
  LineTypes types;
  // In text the closing transition already carries the verdict; scripts get the end as a line of its own.
  types.ends = options.common.json || options.by == "connection";
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

void add_trace_options(CLI::App& app, TraceOptions& options) {
  options.common.add_to(app);
  app.add_option("--by", options.by,
                 "a line per transition (default), or per ended connection with its trail")
      ->check(CLI::IsMember({"transition", "connection"}));
  app.add_option("--only", options.only, "only lines of these types: transition, retransmit, reset, end")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"transition", "retransmit", "reset", "end"}));
  app.add_flag("--no-retransmit,--no-retransmits", options.no_retransmits, "no retransmit lines");
  app.add_flag("--no-reset,--no-resets", options.no_resets, "no reset lines");
  app.add_option("--for", options.for_text, "end after this time, such as 10s")->type_name("DURATION");
  app.add_option("--count", options.count, "end after so many lines")->type_name("N")->check(whole_number());
  app.add_option("-o,--output", options.output, "write the lines to this file")->type_name("FILE");
  add_ring_size(app, options.ring_size);
  app.add_option("--capture", options.capture, "also write everything to this file, for --from")
      ->type_name("FILE");
  app.add_option("--from", options.from, "show a capture instead of this host's present; - is stdin")
      ->type_name("FILE");
  app.add_flag("--poll", options.poll, "compare snapshots instead of listening to kernel events");
  app.footer(
      "What follows -- is run as a command and traced with all its descendants; its exit status is passed "
      "on.");
}

TraceFormat trace_format(const TraceOptions& options, const Output& output) {
  TraceFormat format;
  format.json = options.common.json;
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
    fmt::format_to(
        std::back_inserter(output.buffer()),
        "{{\"type\":\"summary\",\"connections\":{},\"transitions\":{},\"retransmits\":{},\"resets\":{},"
        "\"ended\":{},\"events_tried\":{},\"events_received\":{},\"events_lost\":{}}}\n",
        counts.connections, counts.transitions, counts.retransmits, counts.resets, counts.ended, totals.tried,
        totals.received, totals.lost);
    output.flush();
  }
  fmt::print(stderr, "conntrail: {}, {}, {}, {}, {} lost{}\n", plural(counts.connections, "connection"),
             plural(counts.transitions, "transition"), plural(counts.retransmits, "retransmit"),
             plural(counts.resets, "reset"), totals.lost,
             totals.lost > 0
                 ? fmt::format(" of {} events (a larger --ring-size or a filter helps)", totals.tried)
                 : "");
}

}  // namespace conntrail::cli
