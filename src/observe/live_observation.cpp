#include "conntrail/observe/live_observation.h"

#include <fmt/format.h>

#include <utility>

#include "conntrail/kernel/reset_reasons.h"
#include "conntrail/session/explain.h"
#include "conntrail/session/filter_environment.h"
#include "conntrail/session/session.h"
#include "observing_sink.h"

namespace conntrail::observe {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Nanoseconds kSampleInterval = seconds(1);
constexpr Nanoseconds kOwnerInterval = seconds(1);

class LiveObservation final : public Observation {
 public:
  Result<void> watch(const session::CommonChoice& choice, const LiveOptions& options, Signals& signals,
                     const Messages& messages);

 private:
  [[nodiscard]] session::SessionOptions session_options(const session::CommonChoice& choice,
                                                        const LiveOptions& options);
  void add_notes();

  ObservingSink sink_;
  std::unique_ptr<session::Session> session_;
};

session::SessionOptions LiveObservation::session_options(const session::CommonChoice& choice,
                                                         const LiveOptions& options) {
  session::SessionOptions session;
  session.stream.filter = session::kernel_filter(choice.filter, choice.namespaces);
  session.namespaces = choice.namespaces;
  session.source = choice.source;
  session.resync_interval = session::resync_interval(session.stream.filter);
  session.owner_interval = kOwnerInterval;
  session.events = !options.poll;
  session.statistics = true;  // whether what is closed half still sends, and whether queues drain
  session.limits = observation_limits();
  session.capture = options.capture;
  session.sample_interval = kSampleInterval;
  session.on_clock = [this](WallClock set) { clock = set; };
  session.on_sample = [this](const HostSample& sample) { add_sample(sample); };
  return session;
}

Result<void> LiveObservation::watch(const session::CommonChoice& choice, const LiveOptions& options,
                                    Signals& signals, const Messages& messages) {
  auto started = session::Session::start(session_options(choice, options), sink_);
  if (!started) return std::unexpected(started.error());
  session_ = std::move(*started);
  sink_.watch(session_->tracker());
  session::explain_polling(*session_, messages);
  if (options.poll)
    messages.note("comparing snapshots: short connections and single transitions can be missed");
  messages.note(fmt::format("observing for {} …", format_duration(options.duration)));

  clock = options.clock;
  evidence.from = mono_now();
  session_->advance(evidence.from);  // the first moment that a replay is given: its `from`
  const MonoTime end = evidence.from + options.duration;
  bool interrupted = false;
  auto outcome = session_->run(signals.fd(), milliseconds(50), [&](MonoTime now) {
    while (signals.next()) interrupted = true;
    return !interrupted && now < end;
  });
  if (!outcome) return outcome;
  if (interrupted) {
    messages.note(
        fmt::format("ended after {}; diagnosing what was seen", format_duration(mono_now() - evidence.from)));
  }
  if (auto refreshed = session_->refresh(); !refreshed) return refreshed;
  session_->finish();
  evidence.to = mono_now();
  session_->advance(evidence.to);
  if (auto written = session_->finish_capture(); !written) return std::unexpected(written.error());
  evidence.events = !session_->polling();
  evidence.lost_events = sink_.losses();
  evidence.reset_reason_name = kernel::reset_reason_name;
  sink_.give(evidence);
  take_connections(session_->tracker(), choice.filter);
  add_notes();
  return {};
}

void LiveObservation::add_notes() {
  for (const std::string& missing : session_->missing_programs()) notes.push_back("left out: " + missing);
  for (const std::string& text : session_->notes()) notes.push_back(text);
}

}  // namespace

Result<std::unique_ptr<Observation>> observe_live(const session::CommonChoice& choice,
                                                  const LiveOptions& options, Signals& signals,
                                                  const Messages& messages) {
  auto observation = std::make_unique<LiveObservation>();
  if (auto watched = observation->watch(choice, options, signals, messages); !watched) {
    return std::unexpected(watched.error());
  }
  return observation;
}

}  // namespace conntrail::observe
