#include "conntrail/session/host_sampler.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "conntrail/snapshot/host_sample.h"
#include "share.h"

namespace conntrail::session {

HostSampler::HostSampler(NamespaceChoice namespaces, Nanoseconds interval)
    : namespaces_(std::move(namespaces)),
      interval_(interval),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

HostSampler::~HostSampler() = default;

std::vector<HostSample> HostSampler::take() {
  const Lock lock(mutex_);
  return std::exchange(samples_, {});
}

std::vector<HostSample> HostSampler::finish() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  return take();
}

std::vector<std::string> HostSampler::notes() {
  const Lock lock(mutex_);
  return notes_;
}

void HostSampler::run(const std::stop_token& stop) {
  bool first = true;
  while (!stop.stop_requested()) {
    const MonoTime begin = mono_now();
    sample(!std::exchange(first, false));
    const Nanoseconds pause = std::max(interval_ - (mono_now() - begin), kShare * (mono_now() - begin));
    Lock lock(mutex_);
    // Nobody notifies but the request to stop.
    wake_.wait_for(lock.native(), stop, pause, [] { return false; });
  }
  sample(false);
}

void HostSampler::sample(bool occupied_only) {
  auto namespaces = namespaces_to_read(namespaces_);
  snapshot::HostSamples round;
  if (namespaces) {
    round = snapshot::sample_hosts(*namespaces, occupied_only);
  } else {
    round.notes.push_back(format_error(namespaces.error()));
  }
  const Lock lock(mutex_);
  std::ranges::move(round.samples, std::back_inserter(samples_));
  for (std::string& note : round.notes) {
    if (std::ranges::find(notes_, note) == notes_.end()) notes_.push_back(std::move(note));
  }
}

void name_owners(HostSample& sample, const track::Tracker& tracker) {
  for (ListenerSample& listener : sample.listeners) {
    if (const Connection* connection = tracker.find_by_cookie(listener.cookie)) {
      listener.owner = connection->owner;
    }
  }
}

}  // namespace conntrail::session
