// conntrail trace: live state changes, one line each.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>

#include "child_command.h"
#include "commands.h"
#include "common_options.h"
#include "conntrail/base/text.h"
#include "filter_environment.h"
#include "output.h"
#include "session.h"
#include "signals.h"
#include "terminal.h"
#include "trace_sink.h"

namespace conntrail::cli {
namespace {

using std::chrono::milliseconds;

struct TraceOptions {
  CommonOptions common;
  std::string by = "transition";
  std::vector<std::string> only;
  bool no_retransmits = false;
  bool no_resets = false;
  std::string for_text;
  std::string output = "-";
  std::string ring_size = "16M";
  std::optional<std::uint64_t> count;
  bool poll = false;
  std::vector<std::string> command;
};

void add_options(CLI::App& app, TraceOptions& options) {
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
  app.add_option("--count", options.count, "end after so many lines")->type_name("N");
  app.add_option("-o,--output", options.output, "write the lines to this file")->type_name("FILE");
  app.add_option("--ring-size", options.ring_size,
                 "room for events that wait to be read, such as 256K or 64M")
      ->type_name("BYTES");
  app.add_flag("--poll", options.poll, "compare snapshots instead of listening to kernel events");
  app.footer(
      "What follows -- is run as a command and traced with all its descendants; its exit status is passed "
      "on.");
}

Result<std::size_t> parse_size(const std::string& text) {
  std::size_t multiplier = 1;
  std::string digits = text;
  if (!digits.empty()) {
    switch (digits.back()) {
      case 'k':
      case 'K':
        multiplier = std::size_t{1} << 10;
        break;
      case 'm':
      case 'M':
        multiplier = std::size_t{1} << 20;
        break;
      case 'g':
      case 'G':
        multiplier = std::size_t{1} << 30;
        break;
      default:
        break;
    }
  }
  if (multiplier > 1) digits.pop_back();
  const auto number = parse_number<std::uint32_t>(digits);
  constexpr std::size_t kSmallest = 4096;
  constexpr std::size_t kLargest = std::size_t{1} << 30;
  if (!number || *number * multiplier < kSmallest || *number * multiplier > kLargest)
    return fail_usage("--ring-size: '" + text + "' is no usable size", {},
                      "write 4K to 1G, such as 256K or 64M");
  return *number * multiplier;
}

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

void print_summary(const TraceSink& sink, const Session& session, Output& output, bool json) {
  const TraceCounts& counts = sink.counts();
  const kernel::StreamTotals totals = session.totals();
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

void explain_polling(const Session& session, bool with_command) {
  const std::optional<Error>& why = session.why_polling();
  if (!why) return;
  note("no kernel events: " + format_error(*why));
  note(
      "comparing snapshots instead: short connections and single transitions can be missed (see conntrail "
      "doctor)");
  if (with_command) note("without kernel events only the command itself is followed, not its descendants");
}

// One run of the command: all that the loop looks at between two batches.
class Trace {
 public:
  Trace(const TraceOptions& options, CommonChoice choice, Signals signals, Output output)
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

  const TraceOptions& options_;
  Signals signals_;
  Output output_;
  std::optional<ChildCommand> child_;
  std::optional<int> child_status_;
  MonoTime child_ended_;
  std::optional<MonoTime> deadline_;
  bool interrupted_ = false;
  std::unique_ptr<TraceSink> sink_;
  CommonChoice choice_;
  Session* session_ = nullptr;
};

void Trace::handle_signals() {
  while (const auto signal = signals_.next()) {
    if (*signal == SIGCHLD) continue;
    // A terminal sends Ctrl-C to the command as well: it decides, and its end is ours. A second one ends us.
    if (child_ && !child_status_ && !interrupted_) {
      if (*signal != SIGINT) child_->forward(*signal);
    }
    if (!child_ || child_status_ || interrupted_) deadline_ = mono_now();
    interrupted_ = true;
  }
}

// The command has ended and its connections have settled, as far as they will soon.
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

int Trace::run() {
  const auto duration = parse_duration_option("--for", options_.for_text);
  if (!duration) return report(duration.error());
  const auto ring_bytes = parse_size(options_.ring_size);
  if (!ring_bytes) return report(ring_bytes.error());
  if (const auto started = start_child(); !started) return report(started.error());

  TraceFormat format;
  format.json = options_.common.json;
  format.by_connection = options_.by == "connection";
  format.types = line_types(options_);
  if (output_.is_terminal()) {
    format.style.width = terminal_width(STDOUT_FILENO);
    format.style.colour = wants_colour(STDOUT_FILENO);
  }
  sink_ = std::make_unique<TraceSink>(output_, choice_.filter, format, WallClock::measure());
  TraceSink& sink = *sink_;
  if (options_.count) sink.limit_lines(*options_.count);

  SessionOptions session_options;
  session_options.stream.ring_bytes = *ring_bytes;
  session_options.stream.filter = kernel_filter(choice_.filter, choice_.namespaces);
  session_options.namespaces = choice_.namespaces;
  session_options.source = choice_.source;
  session_options.resync_interval = resync_interval(session_options.stream.filter);
  session_options.events = !options_.poll;
  if (child_) {
    sink.follow(static_cast<std::uint32_t>(child_->pid()));
    session_options.stream.follow_pids = {static_cast<std::uint32_t>(child_->pid())};
  }
  sink.print_header();
  auto session = Session::start(session_options, sink, [&sink](std::uint32_t parent, std::uint32_t pid) {
    if (sink.follows(parent)) sink.follow(pid);
  });
  if (!session) return report(session.error());
  session_ = session->get();
  explain_polling(**session, child_.has_value());
  for (const std::string& missing : (*session)->missing_programs()) note("left out: " + missing);
  for (const std::string& text : (*session)->notes()) note(text);
  output_.flush();

  if (child_) {
    if (auto released = child_->release(); !released) return report(released.error());
  }
  if (const std::optional<Nanoseconds> limit = *duration; limit) deadline_ = mono_now() + *limit;
  auto outcome =
      (*session)->run(signals_.fd(), milliseconds(50), [this](MonoTime now) { return keep_going(now); });
  if (outcome) (*session)->finish();
  if (!output_.reader_gone()) {
    output_.flush();
    print_summary(sink, **session, output_, options_.common.json);
  }
  if (!outcome) return report(outcome.error());
  if (output_.error() != 0) return report(fail_errno("cannot write the output", output_.error()).error());
  return child_status_.value_or(0);
}

}  // namespace

int run_trace(const std::vector<std::string>& words) {
  TraceOptions options;
  CLI::App app("live state changes of TCP connections, one line each", "trace");
  add_options(app, options);
  const auto dashes = std::ranges::find(words, "--");
  if (dashes != words.end()) {
    options.command.assign(dashes + 1, words.end());
    if (options.command.empty())
      return report(
          fail_usage("no command behind --", {}, "write conntrail trace -- COMMAND [ARGS]").error());
  }
  const std::vector<std::string> own_words(words.begin(), dashes);
  if (const auto code = parse_words(app, own_words, options.common)) return *code;
  auto choice = resolve(options.common);
  if (!choice) return report(choice.error());
  auto output = Output::open(options.output);
  if (!output) return report(output.error());
  auto signals = Signals::take({SIGINT, SIGTERM, SIGHUP, SIGCHLD});
  if (!signals) return report(signals.error());
  return Trace(options, std::move(*choice), std::move(*signals), std::move(*output)).run();
}

}  // namespace conntrail::cli
