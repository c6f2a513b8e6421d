#include "conntrail/observe/live_observation.h"

#include <fmt/format.h>

#include <utility>

#include "conntrail/kernel/reset_reasons.h"
#include "conntrail/session/filter_environment.h"
#include "conntrail/session/session.h"
#include "list_table.h"
#include "session_notes.h"

namespace conntrail::cli {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Nanoseconds kSampleInterval = seconds(1);
constexpr Nanoseconds kOwnerInterval = seconds(1);

class LiveObservation final : public Observation {
 public:
  Result<void> watch(const CommonChoice& choice, const LiveOptions& options, Signals& signals);

 private:
  [[nodiscard]] SessionOptions session_options(const CommonChoice& choice, const LiveOptions& options);
  void add_notes();

  LossOnly losses_;
  std::unique_ptr<Session> session_;
};

SessionOptions LiveObservation::session_options(const CommonChoice& choice, const LiveOptions& options) {
  SessionOptions session;
  session.stream.filter = kernel_filter(choice.filter, choice.namespaces);
  session.namespaces = choice.namespaces;
  session.source = choice.source;
  session.resync_interval = resync_interval(session.stream.filter);
  session.owner_interval = kOwnerInterval;
  session.events = !options.poll;
  session.limits = observation_limits();
  session.capture = options.capture;
  session.sample_interval = kSampleInterval;
  session.on_sample = [this](const HostSample& sample) { add_sample(sample); };
  return session;
}

Result<void> LiveObservation::watch(const CommonChoice& choice, const LiveOptions& options,
                                    Signals& signals) {
  auto started = Session::start(session_options(choice, options), losses_);
  if (!started) return std::unexpected(started.error());
  session_ = std::move(*started);
  explain_polling(*session_);
  if (options.poll) note("comparing snapshots: short connections and single transitions can be missed");
  note(fmt::format("observing for {} …", format_duration(options.duration)));

  clock = options.clock;
  evidence.from = mono_now();
  session_->advance(evidence.from);  // the first moment that a replay is told: its `from`
  const MonoTime end = evidence.from + options.duration;
  bool interrupted = false;
  auto outcome = session_->run(signals.fd(), milliseconds(50), [&](MonoTime now) {
    while (signals.next()) interrupted = true;
    return !interrupted && now < end;
  });
  if (!outcome) return outcome;
  if (interrupted) {
    note(
        fmt::format("ended after {}; diagnosing what was seen", format_duration(mono_now() - evidence.from)));
  }
  if (auto refreshed = session_->refresh(); !refreshed) return refreshed;
  session_->finish();
  evidence.to = mono_now();
  session_->advance(evidence.to);
  if (auto written = session_->finish_capture(); !written) return std::unexpected(written.error());
  evidence.events = !session_->polling();
  evidence.lost_events = losses_.count();
  evidence.reset_reason_name = kernel::reset_reason_name;
  take_connections(session_->tracker(), choice.filter);
  add_notes();
  return {};
}

void LiveObservation::add_notes() {
  for (const std::string& missing : session_->missing_programs()) notes.push_back("left out: " + missing);
  for (const std::string& text : session_->notes()) notes.push_back(text);
}

}  // namespace

Result<std::unique_ptr<Observation>> observe_live(const CommonChoice& choice, const LiveOptions& options,
                                                  Signals& signals) {
  auto observation = std::make_unique<LiveObservation>();
  if (auto watched = observation->watch(choice, options, signals); !watched) {
    return std::unexpected(watched.error());
  }
  return observation;
}

}  // namespace conntrail::cli
