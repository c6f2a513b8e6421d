// conntrail record: the flight recorder: every connection of the host into a database.
#include <fmt/format.h>
#include <sys/utsname.h>

#include <csignal>
#include <memory>
#include <optional>

#include "commands.h"
#include "common_options.h"
#include "conntrail/base/output.h"
#include "conntrail/base/signals.h"
#include "conntrail/recorder/recorder_sink.h"
#include "conntrail/recorder/service_manager.h"
#include "conntrail/session/filter_environment.h"
#include "conntrail/session/session.h"
#include "conntrail/store/history.h"
#include "session_notes.h"
#include "sizes.h"

namespace conntrail::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A row is on the disk half a second after the writer has it: together less than the second that a recorder
// which is killed may lose.
constexpr Nanoseconds kRefreshInterval = milliseconds(400);
constexpr Nanoseconds kSampleInterval = seconds(10);
// Queues and byte counts of connections to which nothing else happens come from snapshots of the whole table;
// on a large host they come less often (see SessionOptions).
constexpr Nanoseconds kSnapshotInterval = seconds(1);
// Each of them goes into a capture whole.
constexpr Nanoseconds kSnapshotIntervalWithCapture = seconds(10);
// CLOCK_MONOTONIC is slewed together with the wall clock, so their difference is constant until somebody sets
// the clock (the first answer of an NTP server after the boot) or the host was suspended. Measuring it errs
// by microseconds, NTP slews what is less than this.
constexpr Nanoseconds kClockStep = milliseconds(100);
// In a storm the table is large and what changes in it comes with events: the processor is the workload's.
constexpr int kSnapshotShare = 50;

struct RecordOptions {
  CommonOptions common;
  std::string database;
  std::string max_size = "1G";
  std::string keep = "7d";
  std::string for_text;
  std::string ring_size = kDefaultRingSize;
  std::string capture;
  bool poll = false;
};

void add_options(CLI::App& app, RecordOptions& options) {
  options.common.add_to(app);
  app.add_option("--db", options.database,
                 "the history database (default " + store::default_history_path() + ")")
      ->type_name("FILE");
  app.add_option("--max-size", options.max_size,
                 "of the database; the oldest connections go first (default 1G)")
      ->type_name("BYTES");
  app.add_option("--keep", options.keep, "forget connections that ended longer ago (default 7d)")
      ->type_name("DURATION");
  app.add_option("--for", options.for_text, "end after this time, such as 10s")->type_name("DURATION");
  app.add_option("--capture", options.capture,
                 "also write the raw events to this file (see conntrail capture)")
      ->type_name("FILE");
  add_ring_size(app, options.ring_size);
  app.add_flag("--poll", options.poll, "compare snapshots instead of listening to kernel events");
  app.footer(
      "Runs in the foreground until it is told to end (Ctrl-C, SIGTERM); dist/conntrail-record.service runs "
      "it\n"
      "under systemd. conntrail history and conntrail show read the database meanwhile and afterwards.");
}

// The words as parsed.
struct RecordChoice {
  CommonChoice common;
  store::WriterOptions writer;
  std::optional<Nanoseconds> duration;
  std::size_t ring_bytes = 0;
};

// What is older than this is deleted from a database that may hold a week, so it must be said in full.
Result<void> check_keep(const std::string& text, const std::optional<Nanoseconds>& keep) {
  if (keep && *keep < seconds(1))
    return fail_usage("--keep: after " + text + " nothing would be left to read", {}, "give it 1s or more");
  if (text.find_first_not_of("0123456789.") == std::string::npos)
    return fail_usage("--keep: '" + text + "' has no unit", {},
                      "write " + text + "d, " + text + "h or " + text + "s");
  return {};
}

Result<RecordChoice> parse(const RecordOptions& options) {
  auto common = resolve(options.common);
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
  RecordChoice choice{std::move(*common), {}, *duration, *ring_bytes};
  choice.writer.path = options.database.empty() ? store::default_history_path() : options.database;
  choice.writer.max_bytes = *max_bytes;
  if (const auto& age = *keep) choice.writer.keep = *age;
  return choice;
}

std::string kernel_release() {
  utsname name{};
  return uname(&name) == 0 ? std::string(name.release) : std::string();
}

// Of the database, told once when it begins and once when it is over.
class DiskTrouble {
 public:
  void look(store::HistoryWriter& writer) {
    const std::uint64_t written = writer.totals().rows_written;
    if (const auto error = writer.take_error()) {
      if (!troubled_) report(*error);
      troubled_ = true;
      written_then_ = written;
    } else if (troubled_ && written > written_then_) {
      troubled_ = false;
      const std::uint64_t dropped = writer.totals().rows_dropped - dropped_told_;
      dropped_told_ += dropped;
      note(dropped == 0 ? "the database takes records again; nothing was lost"
                        : fmt::format("the database takes records again; {} had to be given up", dropped));
    }
  }

 private:
  bool troubled_ = false;
  std::uint64_t written_then_ = 0;
  std::uint64_t dropped_told_ = 0;
};

class Recorder {
 public:
  Recorder(const RecordOptions& options, RecordChoice choice, Signals signals)
      : options_(options), choice_(std::move(choice)), signals_(std::move(signals)) {}

  int run();

 private:
  [[nodiscard]] SessionOptions session_options();
  Result<void> start();
  void say_how_it_records();
  bool keep_going(MonoTime now);
  void follow_clock();
  void finish();
  void say_what_was_recorded();

  const RecordOptions& options_;
  RecordChoice choice_;
  Signals signals_;
  WallClock clock_ = WallClock::measure();
  ServiceManager manager_ = ServiceManager::from_environment();
  RecorderSink sink_{choice_.common.filter, clock_};
  std::unique_ptr<Session> session_;  // attached before, and ended after, the writer
  std::unique_ptr<store::HistoryWriter> writer_;
  DiskTrouble disk_trouble_;
  std::optional<MonoTime> deadline_;
  MonoTime refreshed_;
  MonoTime finished_;
  std::size_t remembered_ = 0;
};

SessionOptions Recorder::session_options() {
  SessionOptions session;
  session.stream.ring_bytes = choice_.ring_bytes;
  session.stream.filter = kernel_filter(choice_.common.filter, choice_.common.namespaces);
  session.namespaces = choice_.common.namespaces;
  session.source = choice_.common.source;
  session.events = !options_.poll;
  session.statistics = true;
  session.owner_share = kSnapshotShare;
  session.owner_interval = options_.capture.empty() ? kSnapshotInterval : kSnapshotIntervalWithCapture;
  session.sample_interval = kSampleInterval;
  session.on_sample = [this](const HostSample& sample) { writer_->put(sample); };
  if (!options_.capture.empty()) {
    session.capture = CaptureChoice{options_.capture, clock_, describe(session.stream.filter), 0};
  }
  return session;
}

// Attached first: a connection that opens while the database is being opened is not missed.
Result<void> Recorder::start() {
  auto session = Session::attach(session_options(), sink_);
  if (!session) return std::unexpected(session.error());
  session_ = std::move(*session);
  store::Run run;
  run.boot_id = store::boot_id();
  run.kernel = kernel_release();
  run.source = session_->polling() ? "polling" : "events";
  run.clock = clock_;
  run.started = mono_now();
  auto writer = store::HistoryWriter::open(choice_.writer, run);
  if (!writer) return std::unexpected(writer.error());
  writer_ = std::move(*writer);
  sink_.write_to(*writer_);
  const std::vector<Connection>& remembered = writer_->remembered();
  remembered_ = remembered.size();
  if (auto begun = session_->begin(remembered); !begun) {
    // What it says is less than what begin() says.
    [[maybe_unused]] const auto finished = writer_->finish(mono_now());
    return begun;
  }
  return {};
}

void Recorder::say_how_it_records() {
  explain_polling(*session_);
  explain_gaps(*session_);
  const std::string how = fmt::format(
      "recording to {} ({}, at most {}, kept for {}){}", choice_.writer.path,
      session_->polling() ? "by polling" : "from kernel events", options_.max_size, options_.keep,
      remembered_ == 0 ? "" : fmt::format(", with {} connections of the run before", remembered_));
  note(how);
  manager_.ready(how);
}

bool Recorder::keep_going(MonoTime now) {
  if (now - refreshed_ >= kRefreshInterval) {
    refreshed_ = now;
    follow_clock();
    sink_.refresh(session_->tracker(), now);
    disk_trouble_.look(*writer_);
    manager_.alive(now);
  }
  while (signals_.next()) deadline_ = now;
  return !deadline_ || now < *deadline_;
}

// A service lives for months; times by the clock of its start would be wrong from the first step on, and
// readers, who measure anew, would not find what happened in the last minutes.
void Recorder::follow_clock() {
  const WallClock measured = WallClock::measure();
  const Nanoseconds step{measured.offset_ns() - clock_.offset_ns()};
  if (std::chrono::abs(step) < kClockStep) return;
  clock_ = measured;
  sink_.change_clock(measured);
  writer_->change_clock(measured);
  note(fmt::format("the clock of this host went {} by {}; times go by the new one",
                   step.count() > 0 ? "forward" : "back", format_duration(std::chrono::abs(step))));
}

void Recorder::finish() {
  manager_.stopping();
  finished_ = session_->finish();
  sink_.put_all_living(session_->tracker(), finished_);
}

void Recorder::say_what_was_recorded() {
  const store::WriterTotals totals = writer_->totals();
  const std::uint64_t connections = session_->tracker().counters().connections;
  const kernel::StreamTotals events = session_->totals();
  if (options_.common.json) {
    Output output;
    fmt::format_to(std::back_inserter(output.buffer()),
                   "{{\"type\":\"summary\",\"connections\":{},\"rows_written\":{},\"rows_dropped\":{},"
                   "\"rows_retired\":{},\"database_bytes\":{},\"events_tried\":{},\"events_received\":{},"
                   "\"events_lost\":{}}}\n",
                   connections, totals.rows_written, totals.rows_dropped, totals.rows_retired, totals.bytes,
                   events.tried, events.received, events.lost);
    output.flush();
  }
  std::string text = fmt::format("{} connections, {} rows written, {} events lost", connections,
                                 totals.rows_written, events.lost);
  if (totals.rows_dropped > 0)
    text += fmt::format(", {} rows given up because the database could not take them", totals.rows_dropped);
  if (totals.rows_retired > 0) text += fmt::format(", {} old ones retired", totals.rows_retired);
  note(text);
}

int Recorder::run() {
  if (auto started = start(); !started) return report(started.error());
  say_how_it_records();
  const MonoTime begin = mono_now();
  if (choice_.duration) deadline_ = begin + *choice_.duration;
  auto outcome =
      session_->run(signals_.fd(), milliseconds(50), [this](MonoTime now) { return keep_going(now); });
  finish();
  auto captured = session_->finish_capture();
  auto finished = writer_->finish(finished_);
  say_what_was_recorded();
  if (!outcome) return report(outcome.error());
  if (!finished) return report(finished.error());
  if (!captured) return report(captured.error());
  return 0;
}

}  // namespace

int run_record(const std::vector<std::string>& words) {
  RecordOptions options;
  CLI::App app("the flight recorder: writes every connection to a history database", "record");
  add_options(app, options);
  if (const auto code = parse_words(app, words, options.common)) return *code;
  auto choice = parse(options);
  if (!choice) return report(choice.error());
  auto signals = Signals::take({SIGINT, SIGTERM, SIGHUP});
  if (!signals) return report(signals.error());
  return Recorder(options, std::move(*choice), std::move(*signals)).run();
}

}  // namespace conntrail::cli
