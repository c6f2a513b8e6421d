// conntrail show: one connection as a timeline.
#include <fmt/format.h>

#include <optional>

#include "commands.h"
#include "conntrail/base/output.h"
#include "conntrail/base/terminal.h"
#include "conntrail/base/text.h"
#include "conntrail/recorder/connection_ends.h"
#include "conntrail/recorder/history_source.h"
#include "conntrail/view/line.h"
#include "conntrail/view/timeline.h"
#include "options/range_options.h"
#include "options/usage_error.h"
#include "parse_words.h"
#include "stderr_messages.h"

namespace conntrail::cli {
namespace {

using store::HistoryRecord;

constexpr std::size_t kMostOthers = 10;

// The records that the words refer to, newest first.
Result<std::vector<HistoryRecord>> find_records(recorder::HistorySource& source,
                                                std::span<const std::string> words) {
  const auto as_list =
      [](const Result<std::optional<HistoryRecord>>& found) -> Result<std::vector<HistoryRecord>> {
    if (!found) return std::unexpected(found.error());
    std::vector<HistoryRecord> out;
    if (*found) out.push_back(**found);
    return out;
  };
  if (words.size() == 1 && to_lower(words.front()) == "latest") return as_list(source.latest());
  if (words.size() == 1) {
    if (const auto id = parse_number<std::uint64_t>(words.front())) return as_list(source.find(*id));
  }
  const auto ends = recorder::parse_ends(words);
  if (!ends) return std::unexpected(ends.error());
  return source.find(*ends, kMostOthers + 2);
}

// "also 4711: opened 2026-11-20 12:00:00.123456, refused"
std::string short_line(const HistoryRecord& record) {
  const Connection& c = record.connection;
  std::string line =
      fmt::format("also {}: {} and {}", c.id, to_string(c.tuple.local), to_string(c.tuple.remote));
  if (c.opened.known()) {
    line += ", opened ";
    append_local_date_time_us(line, record.clock.real_ns(c.opened));
  }
  line += ", ";
  line += c.ended ? std::string(end_reason_name(c.end_reason)) : "open";
  return line;
}

int show(bool json, recorder::HistorySource& source, const std::vector<HistoryRecord>& found) {
  const HistoryRecord& newest = found.front();
  Output output;
  if (json) {
    view::JsonLines(newest.clock).append(output.buffer(), newest.connection, newest.seen);
  } else {
    view::TimelineOptions timeline;
    timeline.width = terminal_width(STDOUT_FILENO);
    timeline.colour = wants_colour(STDOUT_FILENO);
    timeline.reset_reasons = source.reset_reasons(newest);
    output.append(view::render_timeline(newest.connection, newest.clock, newest.seen, timeline));
  }
  output.flush();
  for (std::size_t i = 1; i < found.size() && i <= kMostOthers; ++i) note(short_line(found[i]));
  if (found.size() > kMostOthers + 1) note("and older ones (conntrail history lists them)");
  if (const auto damage = source.damage()) report(*damage);
  if (const auto written = output.finish(); !written) return report(written.error());
  return 0;
}

}  // namespace

int run_show(const std::vector<std::string>& words) {
  bool json = false;
  RangeOptions recorded;
  std::vector<std::string> wanted;
  CommandLine line("show", "CONNECTION",
                   "one connection as a timeline: by its id, by its ends, or the latest");
  line.add_flag("--json", json, "as one JSON object (docs/records.md)");
  recorded.add_place_to(line);
  line.set_footer(
      "conntrail show 4711\nconntrail show latest\nconntrail show 10.0.0.1:40000-10.0.0.2:80\n"
      "conntrail show 10.0.0.1:40000 10.0.0.2:80\nconntrail show :443");
  if (const auto code = parse_words(line, words, wanted)) return *code;
  if (wanted.empty())
    return report(usage_error("which connection?", {},
                              "name an id, its ends, or latest; conntrail history lists them"));
  auto source = recorder::open_history(recorded.place, stderr_messages());
  if (!source) return report(source.error());
  const auto found = find_records(**source, wanted);
  if (!found) return report(found.error());
  if (found->empty()) {
    note("no such connection (conntrail history lists them)");
    return 1;
  }
  return show(json, **source, *found);
}

}  // namespace conntrail::cli
