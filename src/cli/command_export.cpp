// conntrail export: recorded connections for other programs: a trace for the Perfetto UI, or CSV.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "commands.h"
#include "conntrail/base/output.h"
#include "conntrail/recorder/history_source.h"
#include "conntrail/view/chrome_trace.h"
#include "conntrail/view/history.h"
#include "conntrail/view/table.h"
#include "options/range_options.h"
#include "options/source_options.h"
#include "parse_words.h"
#include "stderr_messages.h"

namespace conntrail::cli {
namespace {

using store::HistoryRecord;

struct ExportOptions {
  SourceOptions source;
  RangeOptions recorded;
  std::string format = "perfetto";
  std::string output = "-";
};

void add_options(CommandLine& line, ExportOptions& options) {
  options.recorded.add_to(line);
  line.add_choice(
      "--format", options.format, {"perfetto", "chrome", "csv"},
      "perfetto (also chrome): a trace for ui.perfetto.dev or chrome://tracing; csv: every field");
  line.add("-o,--output", options.output, "FILE", "write to this file");
}

class Export {
 public:
  Export(const filter::Filter& filter, store::Condition condition, recorder::HistorySource& source,
         Output output)
      : filter_(filter), condition_(std::move(condition)), source_(source), output_(std::move(output)) {}

  int run(bool csv);

 private:
  // Calls visit(record) for every record asked for until it answers false.
  template <class Visit>
  Result<void> for_each(Visit&& visit) {
    return source_.for_each(condition_, store::SortKey::id, false, [&](const HistoryRecord& record) {
      const bool wanted = recorder::fits_time(condition_, record) &&
                          (filter_.matches_everything() || filter_.matches(record.connection, record.seen));
      return !wanted || visit(record);
    });
  }
  Result<void> write_trace();
  Result<void> write_csv();
  Result<void> say_gaps();

  const filter::Filter& filter_;
  store::Condition condition_;
  recorder::HistorySource& source_;
  Output output_;
  std::uint64_t count_ = 0;
};

// The earliest moment that is known of it, wall time; `none` when nothing is.
std::int64_t earliest(const HistoryRecord& record, std::int64_t none) {
  std::int64_t first = none;
  const auto look = [&](MonoTime time) {
    if (time.known()) first = std::min(first, record.clock.real_ns(time));
  };
  look(record.connection.opened);
  for (const TrailStep& step : record.connection.trail) {
    look(step.entered);
    look(step.left);
  }
  for (const Mark& mark : record.connection.marks) look(mark.time);
  look(record.seen);
  return first;
}

Result<void> Export::write_trace() {
  // The time axis begins with the first thing known, so the records are read twice.
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  std::int64_t origin = kNever;
  auto done = for_each([&](const HistoryRecord& record) {
    origin = earliest(record, origin);
    return true;
  });
  if (!done) return done;
  view::ChromeTrace trace(origin == kNever ? 0 : origin);
  trace.begin(output_.buffer());
  done = for_each([&](const HistoryRecord& record) {
    // A recorder may have added one since.
    if (earliest(record, kNever) < origin) return true;
    ++count_;
    trace.append(output_.buffer(), record.connection, record.clock, record.seen);
    return output_.flush_if_large();
  });
  trace.end(output_.buffer());
  return done;
}

Result<void> Export::write_csv() {
  auto columns = view::parse_columns("all");
  if (!columns) return std::unexpected(columns.error());
  view::TableOptions table;
  table.columns = std::move(*columns);
  std::vector<HistoryRecord> part;
  const auto print = [&] {
    std::vector<view::TableRow> rows;
    rows.reserve(part.size());
    for (const HistoryRecord& record : part) rows.push_back({&record.connection, record.clock, record.seen});
    output_.append(view::render_csv(rows, table));
    table.header = false;
    part.clear();
    return output_.flush_if_large();
  };
  constexpr std::size_t kPart = 1000;
  auto done = for_each([&](const HistoryRecord& record) {
    ++count_;
    part.push_back(record);
    return part.size() < kPart || print();
  });
  if (!part.empty() || count_ == 0) print();
  return done;
}

// Other programs show what there is; what may be missing is said here.
Result<void> Export::say_gaps() {
  const auto gaps = source_.gaps(condition_.since_ns, condition_.until_ns);
  if (!gaps) return std::unexpected(gaps.error());
  for (const Gap& gap : *gaps) note("something may be missing: " + view::gap_text(gap));
  return {};
}

int Export::run(bool csv) {
  auto done = csv ? write_csv() : write_trace();
  output_.flush();
  if (done) done = say_gaps();
  if (!done) return report(done.error());
  if (const auto damage = source_.damage()) report(*damage);
  if (const auto written = output_.finish(); !written) return report(written.error());
  return count_ > 0 ? 0 : 1;
}

}  // namespace

int run_export(const std::vector<std::string>& words) {
  ExportOptions options;
  CommandLine line("export", "[FILTER]", "recorded connections as a trace for the Perfetto UI, or as CSV");
  add_options(line, options);
  if (const auto code = parse_words(line, words, options.source.filter_words)) return *code;
  const auto filter = resolve_recorded(options.source);
  if (!filter) return report(filter.error());
  auto condition = recorder::to_condition(options.recorded.range, *filter);
  if (!condition) return report(condition.error());
  auto source = recorder::open_history(options.recorded.place, stderr_messages());
  if (!source) return report(source.error());
  auto output = Output::open(options.output);
  if (!output) return report(output.error());
  return Export(*filter, std::move(*condition), **source, std::move(*output)).run(options.format == "csv");
}

}  // namespace conntrail::cli
