#include "live_observation.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <variant>

#include "conntrail/kernel/reset_reasons.h"
#include "filter_environment.h"
#include "host_sampler.h"
#include "session.h"

namespace conntrail::cli {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kEndedBytes = std::size_t{256} << 20;
constexpr std::size_t kMostSamples = 2000;
constexpr Nanoseconds kSampleInterval = seconds(1);
constexpr Nanoseconds kOwnerInterval = seconds(1);

// The tracker's records are read at the end; only losses are counted on the way.
class LossCount final : public track::ChangeSink {
 public:
  void on_change(const Change& change) override {
    if (const Lost* lost = std::get_if<Lost>(&change)) count_ += lost->count;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  std::uint64_t count_ = 0;
};

class LiveObservation final : public Observation {
 public:
  Result<void> watch(const CommonChoice& choice, const LiveOptions& options, Signals& signals);

 private:
  void take_samples(std::vector<HostSample> samples);
  void collect(const filter::Filter& filter);
  void add_notes(HostSampler& sampler);

  LossCount losses_;
  std::unique_ptr<Session> session_;
};

SessionOptions session_options(const CommonChoice& choice, const LiveOptions& options) {
  SessionOptions session;
  session.stream.filter = kernel_filter(choice.filter, choice.namespaces);
  session.namespaces = choice.namespaces;
  session.source = choice.source;
  session.resync_interval = resync_interval(session.stream.filter);
  session.owner_interval = kOwnerInterval;
  session.events = !options.poll;
  session.limits.ended_bytes = kEndedBytes;
  return session;
}

Result<void> LiveObservation::watch(const CommonChoice& choice, const LiveOptions& options,
                                    Signals& signals) {
  auto started = Session::start(session_options(choice, options), losses_);
  if (!started) return std::unexpected(started.error());
  session_ = std::move(*started);
  if (const std::optional<Error>& why = session_->why_polling()) {
    note("no kernel events: " + format_error(*why));
    note("comparing snapshots instead: short connections can be missed (see conntrail doctor)");
  } else if (session_->polling()) {
    note("comparing snapshots: short connections can be missed");
  }
  note(fmt::format("observing for {} …", format_duration(options.duration)));

  clock = WallClock::measure();
  evidence.from = mono_now();
  const MonoTime end = evidence.from + options.duration;
  HostSampler sampler(choice.namespaces, kSampleInterval);
  bool interrupted = false;
  auto outcome = session_->run(signals.fd(), milliseconds(50), [&](MonoTime now) {
    take_samples(sampler.take());
    while (signals.next()) interrupted = true;
    return !interrupted && now < end;
  });
  if (!outcome) return outcome;
  if (interrupted) {
    note(
        fmt::format("ended after {}; diagnosing what was seen", format_duration(mono_now() - evidence.from)));
  }
  if (auto refreshed = session_->refresh(); !refreshed) return refreshed;
  take_samples(sampler.finish());
  session_->finish();
  evidence.to = mono_now();
  collect(choice.filter);
  add_notes(sampler);
  return {};
}

void LiveObservation::take_samples(std::vector<HostSample> samples) {
  if (samples.empty()) return;
  for (HostSample& sample : samples) name_owners(sample, session_->tracker());
  keep_samples(evidence.samples, std::move(samples), kMostSamples);
}

void LiveObservation::collect(const filter::Filter& filter) {
  std::unordered_set<std::uint32_t> namespaces;
  session_->tracker().for_each([&](const Connection& connection) {
    namespaces.insert(connection.tuple.netns);
    if (filter.matches(connection, evidence.to)) evidence.connections.push_back(&connection);
  });
  std::erase_if(evidence.samples,
                [&](const HostSample& sample) { return !namespaces.contains(sample.netns); });
  evidence.events = !session_->polling();
  evidence.lost_events = losses_.count();
  evidence.reset_reason_name = kernel::reset_reason_name;
}

void LiveObservation::add_notes(HostSampler& sampler) {
  for (const std::string& missing : session_->missing_programs()) notes.push_back("left out: " + missing);
  for (const std::string& text : session_->notes()) notes.push_back(text);
  for (std::string& text : sampler.notes()) {
    if (std::ranges::find(notes, text) == notes.end()) notes.push_back(std::move(text));
  }
  if (losses_.count() > 0) {
    notes.push_back(
        fmt::format("{} kernel events were lost (a filter or a shorter time helps)", losses_.count()));
  }
  if (const std::uint64_t count = session_->tracker().counters().let_go; count > 0) {
    notes.push_back(
        fmt::format("{} records of ended connections were let go to bound the memory: counts by "
                    "process and destination are too low (a filter or a shorter --for helps)",
                    count));
  }
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
