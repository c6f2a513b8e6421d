// conntrail record: the flight recorder: every connection of the host into a database.
#include <fmt/format.h>

#include <csignal>
#include <optional>

#include "commands.h"
#include "conntrail/base/json_object.h"
#include "conntrail/base/output.h"
#include "conntrail/base/signals.h"
#include "conntrail/recorder/recorder.h"
#include "conntrail/store/history.h"
#include "options/amounts.h"
#include "options/source_options.h"
#include "options/table_options.h"
#include "parse_words.h"
#include "recorder_log.h"
#include "stderr_messages.h"

namespace conntrail::cli {
namespace {

using recorder::RecordChoice;
using std::chrono::seconds;

struct RecordOptions {
  SourceOptions source;
  bool json = false;
  std::string database;
  std::string max_size = "1G";
  std::string keep = "7d";
  std::string for_text;
  std::string ring_size = kDefaultRingSize;
  std::string capture;
  LogChoice log;
  bool poll = false;
  bool titles = false;
};

void add_options(CommandLine& line, RecordOptions& options) {
  options.source.add_to(line);
  add_json(line, options.json);
  line.add("--db", options.database, "FILE",
           "the history database (default " + store::default_history_path() + ")");
  line.add("--max-size", options.max_size, "BYTES",
           "of the database; the oldest connections go first (default 1G)");
  line.add("--keep", options.keep, "DURATION", "forget connections that ended longer ago (default 7d)");
  line.add_flag(
      "--titles", options.titles,
      "also keep the command lines of owners; passwords that are known as such are masked, others may be "
      "in them");
  line.add("--for", options.for_text, "DURATION", "end after this time, such as 10s");
  line.add("--capture", options.capture, "FILE",
           "also write the raw events to this file (see conntrail capture)");
  add_ring_size(line, options.ring_size);
  add_log_options(line, options.log);
  line.add_flag("--poll", options.poll, "compare snapshots instead of listening to kernel events");
  line.set_footer(
      "Runs in the foreground until it is told to end (Ctrl-C, SIGTERM); dist/conntrail-record.service runs "
      "it\n"
      "under systemd. conntrail history and conntrail show read the database meanwhile and afterwards.");
}

// Older connections are deleted from a database that may hold a week, so --keep must be written in full.
Result<void> check_keep(const std::string& text, const std::optional<Nanoseconds>& keep) {
  if (keep && *keep < seconds(1))
    return fail_usage("--keep: after " + text + " nothing would be left to read", {}, "give it 1s or more");
  if (text.find_first_not_of("0123456789.") == std::string::npos)
    return fail_usage("--keep: '" + text + "' has no unit", {},
                      "write " + text + "d, " + text + "h or " + text + "s");
  return {};
}

Result<RecordChoice> parse(const RecordOptions& options) {
  auto common = resolve(options.source);
  if (!common) return std::unexpected(common.error());
  const auto duration = parse_duration_option("--for", options.for_text);
  if (!duration) return std::unexpected(duration.error());
  const auto keep = parse_duration_option("--keep", options.keep);
  if (!keep) return std::unexpected(keep.error());
  if (auto usable = check_keep(options.keep, *keep); !usable) return std::unexpected(usable.error());
  const auto max_bytes = parse_size("--max-size", options.max_size);
  if (!max_bytes) return std::unexpected(max_bytes.error());
  constexpr std::uint64_t kSmallest = std::uint64_t{4} << 20;
  if (*max_bytes < kSmallest)
    return fail_usage("--max-size: " + options.max_size + " is too little for a database", {},
                      "give it 4M or more");
  const auto ring_bytes = parse_ring_size(options.ring_size);
  if (!ring_bytes) return std::unexpected(ring_bytes.error());
  RecordChoice choice;
  choice.common = std::move(*common);
  choice.duration = *duration;
  choice.ring_bytes = *ring_bytes;
  choice.poll = options.poll;
  choice.titles = options.titles;
  choice.capture = options.capture;
  choice.max_size_text = options.max_size;
  choice.keep_text = options.keep;
  choice.writer.path = options.database.empty() ? store::default_history_path() : options.database;
  choice.writer.max_bytes = *max_bytes;
  if (const auto& age = *keep) choice.writer.keep = *age;
  return choice;
}

void print_json(const recorder::RecordSummary& summary) {
  const store::WriterTotals& rows = summary.rows;
  const EventTotals& events = summary.events;
  Output output;
  JsonWriter json(output.buffer());
  JsonObject line(json);
  line.text("type", "summary");
  line.number("connections", summary.connections);
  line.number("rows_written", rows.rows_written);
  line.number("rows_dropped", rows.rows_dropped);
  line.number("rows_retired", rows.rows_retired);
  line.number("database_bytes", rows.bytes);
  line.number("events_tried", events.tried);
  line.number("events_received", events.received);
  line.number("events_lost", events.lost);
  line.end();
  json.raw("\n");
  json.flush();
  output.flush();
}

std::string summary_text(const recorder::RecordSummary& summary) {
  const store::WriterTotals& rows = summary.rows;
  std::string text = fmt::format("{} connections, {} rows written, {} events lost", summary.connections,
                                 rows.rows_written, summary.events.lost);
  if (rows.rows_dropped > 0)
    text += fmt::format(", {} rows given up because the database could not take them", rows.rows_dropped);
  if (rows.rows_retired > 0) text += fmt::format(", {} old ones retired", rows.rows_retired);
  return text;
}

}  // namespace

int run_record(const std::vector<std::string>& words) {
  RecordOptions options;
  CommandLine line("record", "[FILTER]",
                   "the flight recorder: writes every connection to a history database");
  add_options(line, options);
  if (const auto code = parse_words(line, words, options.source.filter_words)) return *code;
  auto choice = parse(options);
  if (!choice) return report(choice.error());
  occupy_stderr();
  auto signals = Signals::take({SIGINT, SIGTERM, SIGHUP});
  if (!signals) return report(signals.error());
  auto log = open_log(options.log, choice->writer.path);
  if (!log) return report(log.error());
  choice->on_start = [&log] { (*log)->keep(); };
  const Messages messages(**log, "record");
  recorder::Recorder recorder(std::move(*choice), std::move(*signals), messages);
  const auto outcome = recorder.run();
  const auto& summary = recorder.summary();
  if (summary) {
    if (options.json) print_json(*summary);
    messages.note(summary_text(*summary));
  }
  return outcome ? 0 : report_fatal(outcome.error(), **log, summary.has_value());
}

}  // namespace conntrail::cli
