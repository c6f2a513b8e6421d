#include "conntrail/observe/capture_observation.h"

#include <algorithm>

#include "conntrail/session/explain.h"
#include "conntrail/session/replay.h"
#include "observing_sink.h"

namespace conntrail::observe {

namespace {

class CaptureObservation final : public Observation {
 public:
  void replay(session::Replay& capture, const filter::Filter& filter);

 private:
  ObservingSink sink_;
  track::Tracker tracker_{sink_, observation_limits()};
};

void CaptureObservation::replay(session::Replay& capture, const filter::Filter& filter) {
  sink_.watch(tracker_);
  const store::CaptureHeader& header = capture.header();
  evidence.events = header.events;
  evidence.reset_reason_name = capture.reset_reasons();
  session::ReplayOptions options;
  options.on_sample = [this](const HostSample& sample) { add_sample(sample); };
  // The first time in the capture is the beginning: the starting snapshot comes before it and says what was
  // there.
  options.keep_going = [this](MonoTime now) {
    if (!evidence.from.known()) evidence.from = now;
    return true;
  };
  const session::ReplaySummary summary = capture.run(tracker_, options);
  clock = summary.clock;
  if (!evidence.from.known()) evidence.from = header.started;
  evidence.to = std::max(summary.ended, evidence.from);
  evidence.lost_events = sink_.losses();
  if (summary.damage) notes.push_back(format_error(*summary.damage));
  sink_.give(evidence);
  take_connections(tracker_, filter);
  if (evidence.samples.empty()) notes.push_back("the capture has no counters of the host");
}

}  // namespace

Result<std::unique_ptr<Observation>> observe_capture(const filter::Filter& filter, const std::string& path,
                                                     const Messages& messages) {
  auto capture = session::Replay::open(path);
  if (!capture) return std::unexpected(capture.error());
  session::explain_capture(capture->header(), messages);
  auto observation = std::make_unique<CaptureObservation>();
  observation->replay(*capture, filter);
  return observation;
}

}  // namespace conntrail::observe
