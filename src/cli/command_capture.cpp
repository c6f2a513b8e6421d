// conntrail capture: everything that happens, into a file that every view can show later and anywhere.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <optional>

#include "commands.h"
#include "conntrail/base/signals.h"
#include "conntrail/base/text.h"
#include "conntrail/session/explain.h"
#include "conntrail/session/filter_environment.h"
#include "conntrail/session/session.h"
#include "options/amounts.h"
#include "options/source_options.h"
#include "parse_words.h"
#include "stderr_messages.h"

namespace conntrail::cli {
namespace {

using std::chrono::milliseconds;

struct CaptureCommand {
  SourceOptions source;
  std::string file;
  std::string for_text;
  std::string max_size;
  std::string ring_size = kDefaultRingSize;
  std::optional<std::uint64_t> count;
  bool poll = false;
};

void add_options(CommandLine& line, CaptureCommand& options) {
  line.add_operand("FILE", options.file, "the file to write; - is stdout");
  options.source.add_to(line);
  options.source.add_cgroup_to(line);
  line.add("--for", options.for_text, "DURATION", "end after this time, such as 10s");
  line.add("--count", options.count, "N", "end after so many events");
  line.add("--max-size", options.max_size, "BYTES", "end when the file is about so large, such as 100M");
  add_ring_size(line, options.ring_size);
  line.add_flag("--poll", options.poll, "compare snapshots instead of listening to kernel events");
  line.set_footer(
      "Of a filter that part is applied which the kernel can check (addresses, ports, family, namespace); "
      "give "
      "the whole\nfilter again to the command that shows the capture: conntrail trace --from FILE comm "
      "nginx");
}

// Nobody watches while it is written.
class Unseen final : public track::ChangeSink {
 public:
  void on_change(const Change& /*change*/) override {}
};

class Capture {
 public:
  Capture(const CaptureCommand& options, const session::CommonChoice& choice, Signals signals)
      : options_(options), choice_(choice), signals_(std::move(signals)) {}

  int run();

 private:
  [[nodiscard]] Result<session::SessionOptions> session_options() const;
  [[nodiscard]] Result<void> read_limits();
  bool keep_going(const session::Session& session, MonoTime now);

  const CaptureCommand& options_;
  const session::CommonChoice& choice_;
  Signals signals_;
  std::optional<Nanoseconds> duration_;
  std::optional<std::uint64_t> most_bytes_;
  std::optional<MonoTime> deadline_;
  Unseen sink_;
};

Result<session::SessionOptions> Capture::session_options() const {
  const auto ring_bytes = parse_ring_size(options_.ring_size);
  if (!ring_bytes) return std::unexpected(ring_bytes.error());
  session::SessionOptions session;
  session.stream.ring_bytes = *ring_bytes;
  session.stream.filter = session::kernel_filter(choice_.filter, choice_.namespaces);
  session.stream.filter.cgroup_ids = choice_.cgroup_ids;
  session.namespaces = choice_.namespaces;
  session.source = choice_.source;
  session.resync_interval = session::resync_interval(session.stream.filter);
  session.events = !options_.poll;
  session.capture =
      session::CaptureChoice{options_.file, WallClock::measure(), session::describe(session.stream.filter)};
  return session;
}

Result<void> Capture::read_limits() {
  const auto duration = parse_duration_option("--for", options_.for_text);
  if (!duration) return std::unexpected(duration.error());
  duration_ = *duration;
  if (options_.max_size.empty()) return {};
  const auto bytes = parse_size("--max-size", options_.max_size);
  if (!bytes) return std::unexpected(bytes.error());
  most_bytes_ = *bytes;
  return {};
}

bool Capture::keep_going(const session::Session& session, MonoTime now) {
  bool interrupted = false;
  while (signals_.next()) interrupted = true;
  if (interrupted || (deadline_ && now >= *deadline_)) return false;
  if (options_.count && session.event_count() >= *options_.count) return false;
  return !most_bytes_ || session.capture_bytes() < *most_bytes_;
}

int Capture::run() {
  if (const auto limits = read_limits(); !limits) return report(limits.error());
  const auto wanted = session_options();
  if (!wanted) return report(wanted.error());
  auto started = session::Session::start(*wanted, sink_);
  if (!started) return report(started.error());
  session::Session& session = **started;
  session::explain_polling(session, stderr_messages());
  session::explain_gaps(session, stderr_messages());

  if (duration_) deadline_ = mono_now() + *duration_;
  auto outcome =
      session.run(signals_.fd(), milliseconds(50), [&](MonoTime now) { return keep_going(session, now); });
  if (outcome) session.finish();
  const auto written = outcome ? session.finish_capture() : std::unexpected(outcome.error());
  if (!written) {
    // The reader of a pipe has had enough.
    return written.error().sys_errno == EPIPE ? 0 : report(written.error());
  }
  const EventTotals totals = session.totals();
  fmt::print(stderr, "conntrail: {} events of {} connections, {} lost{}, {} bytes in {}\n",
             session.event_count(), session.tracker().counters().connections, totals.lost,
             totals.lost > 0 ? " (a larger --ring-size or a filter helps)" : "", *written,
             options_.file == "-" ? "all" : printable(options_.file));
  return 0;
}

}  // namespace

int run_capture(const std::vector<std::string>& words) {
  CaptureCommand options;
  CommandLine line("capture", "FILE [FILTER]",
                   "write what happens to TCP connections into a file, for --from");
  add_options(line, options);
  if (const auto code = parse_words(line, words, options.source.filter_words)) return *code;
  auto choice = resolve(options.source);
  if (!choice) return report(choice.error());
  auto signals = Signals::take({SIGINT, SIGTERM, SIGHUP});
  if (!signals) return report(signals.error());
  return Capture(options, *choice, std::move(*signals)).run();
}

}  // namespace conntrail::cli
