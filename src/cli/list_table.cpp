#include "list_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "capture_moment.h"
#include "conntrail/base/json_object.h"
#include "conntrail/session/explain.h"
#include "conntrail/session/loss_counter.h"
#include "conntrail/session/replay.h"
#include "conntrail/view/line.h"
#include "conntrail/view/state_counts.h"
#include "options/usage_error.h"
#include "stderr_messages.h"

namespace conntrail::cli {

void ListTable::print_summary(Output& output, const std::vector<const Connection*>& rows) const {
  const view::StateCounts counts(rows);
  if (options_.table.json) {
    counts.append_json(output.buffer());
  } else {
    output.append(options_.table.csv ? counts.csv(table_.header) : counts.text(table_.colour, table_.header));
  }
}

std::size_t ListTable::print(Output& output, const track::Tracker& tracker, MonoTime now,
                             std::uint64_t lost) {
  std::vector<const Connection*> rows;
  tracker.for_each([&](const Connection& connection) {
    if (!(hide_gone_ && connection.gone) && filter_.matches(connection, now)) rows.push_back(&connection);
  });
  if (options_.summary) {
    print_summary(output, rows);
  } else if (view::sort_connections(rows, table_.sort, now); options_.table.json) {
    const view::JsonLines json(clock_);
    for (const Connection* connection : rows) {
      json.append(output.buffer(), *connection, now);
      output.flush_if_large();
    }
  } else if (options_.table.csv) {
    output.append(view::render_csv(rows, table_, clock_, now));
  } else {
    output.append(view::render_table(rows, table_, clock_, now));
  }
  if (lost > 0) {
    // Nothing is lost silently: the table says so in its own stream, scripts find it as a line of its own
    // type.
    if (options_.table.json) {
      JsonWriter json(output.buffer());
      JsonObject line(json);
      line.text("type", "lost");
      line.number("count", lost);
      line.end();
      json.raw("\n");
    } else {
      note(fmt::format(
          "{} kernel events were lost; rows of that time are marked and were repaired by a snapshot", lost));
    }
  }
  return rows.size();
}

bool ListTable::shows(std::string_view column) const {
  return std::ranges::any_of(table_.columns, [column](std::size_t index) {
    return view::connection_columns()[index].key == column;
  });
}

int list_recorded(const ListOptions& options, view::TableOptions table) {
  auto filter = resolve_recorded(options.source);
  if (!filter) return report(filter.error());
  auto replay = session::Replay::open(options.files.from);
  if (!replay) return report(replay.error());
  const store::CaptureHeader& header = replay->header();
  session::explain_capture(header, stderr_messages());
  session::ReplayOptions replay_options;
  if (!options.at.empty()) {
    const auto moment = parse_capture_moment("--at", options.at, options.files.from, header);
    if (!moment) return report(moment.error());
    if (*moment < header.started)
      return report(usage_error("--at " + options.at + " is before the capture",
                                "it begins at " + moment_text(header, header.started)));
    replay_options.until = *moment;
  }
  session::LossCounter sink;
  track::Tracker tracker(sink);
  const session::ReplaySummary summary = replay->run(tracker, replay_options);
  Output output;
  const MonoTime now = replay_options.until.known() ? replay_options.until : summary.ended;
  const std::size_t shown =
      ListTable(options, *filter, std::move(table), summary.clock).print(output, tracker, now, sink.count());
  output.flush();
  if (replay_options.until.known() && !summary.reached_until)
    note("the capture ends before that, at " + moment_text(header, summary.ended));
  if (summary.damage) report(*summary.damage);
  if (const auto written = output.finish(); !written) return report(written.error());
  return shown > 0 ? 0 : 1;
}

}  // namespace conntrail::cli
