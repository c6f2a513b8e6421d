// conntrail trace --from: the lines of a capture, as the live run printed them.
#include <memory>
#include <utility>

#include "conntrail/session/explain.h"
#include "conntrail/session/replay.h"
#include "stderr_messages.h"
#include "trace_options.h"

namespace conntrail::cli {

int trace_recorded(const TraceOptions& options, Output output) {
  const auto duration = parse_duration_option("--for", options.for_text);
  if (!duration) return report(duration.error());
  auto filter = resolve_recorded(options.source);
  if (!filter) return report(filter.error());
  auto replay = session::Replay::open(options.files.from);
  if (!replay) return report(replay.error());
  const store::CaptureHeader& header = replay->header();

  TraceSink sink(output, *filter, trace_format(options, *filter, output), header.clock,
                 replay->reset_reasons());
  if (options.count) sink.limit_lines(*options.count);
  if (header.followed_pid != 0) sink.follow(header.followed_pid);
  sink.print_header();
  session::explain_capture(header, stderr_messages());

  track::Tracker tracker(sink);
  session::ReplayOptions replay_options;
  if (const auto& length = *duration) replay_options.until = header.started + *length;
  replay_options.on_fork = [&sink](std::uint32_t parent, std::uint32_t child) {
    if (sink.follows(parent)) sink.follow(child);
  };
  replay_options.on_clock = [&sink](WallClock clock) { sink.set_clock(clock); };
  replay_options.keep_going = [&](MonoTime now) {
    sink.advance(now);
    return !sink.full() && !output.reader_gone() && output.error() == 0;
  };
  const session::ReplaySummary summary = replay->run(tracker, replay_options);
  sink.finish();
  if (!output.reader_gone()) {
    output.flush();
    print_summary(sink.counts(), summary.totals, output, options.json);
  }
  if (summary.damage) report(*summary.damage);
  if (const auto written = output.finish(); !written) return report(written.error());
  return 0;
}

}  // namespace conntrail::cli
