// conntrail trace: live state changes, one line each.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>

#include "child_command.h"
#include "commands.h"
#include "conntrail/base/output.h"
#include "conntrail/base/signals.h"
#include "conntrail/kernel/reset_reasons.h"
#include "conntrail/session/explain.h"
#include "conntrail/session/filter_environment.h"
#include "conntrail/session/namespace_names.h"
#include "conntrail/session/session.h"
#include "options/usage_error.h"
#include "parse_words.h"
#include "stderr_messages.h"
#include "trace_options.h"
#include "trace_sink.h"

namespace conntrail::cli {
namespace {

using std::chrono::milliseconds;

// What the options cannot say of each other: it lies in their values, and the command is not one of them.
Result<void> check_files(const TraceOptions& options) {
  if (options.files.capture == "-" && options.output == "-")
    return fail_usage("the lines and the capture cannot both go to stdout", {},
                      "give one of them a file: --output FILE or --capture FILE");
  if (!options.files.from.empty() && !options.command.empty())
    return fail_usage("a command is for the live host, --from for a capture", {}, "choose one");
  return {};
}

// One run of the command: all that the loop looks at between two batches.
class Trace {
 public:
  Trace(const TraceOptions& options, session::CommonChoice choice, Signals signals, Output output)
      : options_(options),
        signals_(std::move(signals)),
        output_(std::move(output)),
        choice_(std::move(choice)) {}

  int run();

 private:
  Result<void> start_child();
  bool keep_going(MonoTime now);
  void handle_signals();
  bool child_is_done(MonoTime now);
  [[nodiscard]] TraceFormat live_format() const;

  const TraceOptions& options_;
  Signals signals_;
  Output output_;
  std::optional<ChildCommand> child_;
  std::optional<int> child_status_;
  MonoTime child_ended_;
  std::optional<MonoTime> deadline_;
  bool interrupted_ = false;
  std::unique_ptr<TraceSink> sink_;
  session::CommonChoice choice_;
  session::Session* session_ = nullptr;
};

void Trace::handle_signals() {
  while (const auto signal = signals_.next()) {
    if (*signal == SIGCHLD) continue;
    // A terminal sends Ctrl-C to the command as well: the command decides, and when it ends, so do we. A
    // second Ctrl-C ends us.
    if (child_ && !child_status_ && !interrupted_) {
      if (*signal != SIGINT) child_->forward(*signal);
    }
    if (!child_ || child_status_ || interrupted_) deadline_ = mono_now();
    interrupted_ = true;
  }
}

// The command has ended and its connections have settled, as far as they will settle soon.
bool Trace::child_is_done(MonoTime now) {
  if (!child_) return false;
  if (!child_status_) {
    child_status_ = child_->poll_exit();
    if (child_status_) child_ended_ = now;
  }
  if (!child_status_) return false;
  constexpr Nanoseconds kQuiet = milliseconds(100);
  constexpr Nanoseconds kLongest = milliseconds(1000);
  if (now - child_ended_ >= kLongest) return true;
  bool open = false;
  session_->tracker().for_each([&](const Connection& connection) {
    open = open || (!connection.ended && sink_->follows(connection.owner.pid));
  });
  return !open && now - child_ended_ >= kQuiet;
}

bool Trace::keep_going(MonoTime now) {
  sink_->advance(now);
  if (!output_.flush()) return false;
  handle_signals();
  if (sink_->full()) return false;
  if (deadline_ && now >= *deadline_) return false;
  return !child_is_done(now);
}

Result<void> Trace::start_child() {
  if (options_.command.empty()) return {};
  auto child = ChildCommand::prepare(options_.command, signals_);
  if (!child) return std::unexpected(child.error());
  child_.emplace(std::move(*child));
  return {};
}

TraceFormat Trace::live_format() const {
  TraceFormat format = trace_format(options_, choice_.filter, output_);
  format.style.namespaces = session::host_namespace_labels();
  return format;
}

int Trace::run() {
  const auto duration = parse_duration_option("--for", options_.for_text);
  if (!duration) return report(duration.error());
  const auto ring_bytes = parse_ring_size(options_.ring_size);
  if (!ring_bytes) return report(ring_bytes.error());
  if (const auto started = start_child(); !started) return report(started.error());

  const WallClock clock = WallClock::measure();
  sink_ =
      std::make_unique<TraceSink>(output_, choice_.filter, live_format(), clock, kernel::reset_reason_name);
  TraceSink& sink = *sink_;
  if (options_.count) sink.limit_lines(*options_.count);

  session::SessionOptions session_options;
  session_options.stream.ring_bytes = *ring_bytes;
  session_options.stream.filter = session::kernel_filter(choice_.filter, choice_.namespaces);
  session_options.stream.filter.cgroup_ids = choice_.cgroup_ids;
  session_options.namespaces = choice_.namespaces;
  session_options.source = choice_.source;
  session_options.resync_interval = session::resync_interval(session_options.stream.filter);
  session_options.events = !options_.poll;
  session_options.titles = asks_for_titles(options_, choice_.filter);
  session_options.statistics = true;  // what a connection that was there before has sent again
  session_options.messages = stderr_messages();
  session_options.on_clock = [&sink](WallClock set) { sink.set_clock(set); };
  if (child_) {
    sink.follow(static_cast<std::uint32_t>(child_->pid()));
    session_options.stream.follow_pids = {static_cast<std::uint32_t>(child_->pid())};
  }
  if (!options_.files.capture.empty()) {
    session_options.capture = session::CaptureChoice{
        options_.files.capture, clock, session::describe(session_options.stream.filter),
        session_options.stream.follow_pids.empty() ? 0 : session_options.stream.follow_pids.front()};
  }
  sink.print_header();
  auto session =
      session::Session::start(session_options, sink, [&sink](std::uint32_t parent, std::uint32_t pid) {
        if (sink.follows(parent)) sink.follow(pid);
      });
  if (!session) return report(session.error());
  session_ = session->get();
  session::explain_polling(**session, stderr_messages());
  if (child_ && (*session)->why_polling())
    note("without kernel events only the command itself is followed, not its descendants");
  session::explain_gaps(**session, stderr_messages());
  output_.flush();

  if (child_) {
    if (auto released = child_->release(); !released) return report(released.error());
  }
  if (const std::optional<Nanoseconds> limit = *duration; limit) deadline_ = mono_now() + *limit;
  auto outcome =
      (*session)->run(signals_.fd(), milliseconds(50), [this](MonoTime now) { return keep_going(now); });
  if (outcome) (*session)->finish();
  sink.finish();
  if (!output_.reader_gone()) {
    output_.flush();
    print_summary(sink.counts(), (*session)->totals(), output_, options_.json);
  }
  if (outcome) {
    if (const auto captured = (*session)->finish_capture(); !captured)
      outcome = std::unexpected(captured.error());
  }
  if (!outcome) return report(outcome.error());
  if (const auto written = output_.finish(); !written) return report(written.error());
  return child_status_.value_or(0);
}

}  // namespace

int run_trace(const std::vector<std::string>& words) {
  TraceOptions options;
  CommandLine line("trace", "[FILTER] [-- CMD…]", "live state changes of TCP connections, one line each");
  add_trace_options(line, options);
  const auto dashes = std::ranges::find(words, "--");
  if (dashes != words.end()) {
    options.command.assign(dashes + 1, words.end());
    if (options.command.empty())
      return report(usage_error("no command behind --", {}, "write conntrail trace -- COMMAND [ARGS]"));
  }
  const std::vector<std::string> own_words(words.begin(), dashes);
  if (const auto code = parse_words(line, own_words, options.source.filter_words)) return *code;
  if (const auto fits = check_files(options); !fits) return report(fits.error());
  if (!options.files.from.empty()) {
    auto output = Output::open(options.output);
    if (!output) return report(output.error());
    return trace_recorded(options, std::move(*output));
  }
  if (const auto columns = check_columns(options); !columns) return report(columns.error());
  auto choice = resolve(options.source);
  if (!choice) return report(choice.error());
  auto output = Output::open(options.output);
  if (!output) return report(output.error());
  auto signals = Signals::take({SIGINT, SIGTERM, SIGHUP, SIGCHLD});
  if (!signals) return report(signals.error());
  return Trace(options, std::move(*choice), std::move(*signals), std::move(*output)).run();
}

}  // namespace conntrail::cli
