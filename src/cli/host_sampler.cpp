#include "host_sampler.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "conntrail/snapshot/host_sample.h"

namespace conntrail::cli {

namespace {

// As snapshots: at most a twentieth of the time between two rounds.
constexpr int kShare = 20;

}  // namespace

HostSampler::HostSampler(NamespaceChoice namespaces, Nanoseconds interval)
    : namespaces_(std::move(namespaces)),
      interval_(interval),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

HostSampler::~HostSampler() = default;

std::vector<HostSample> HostSampler::take() {
  const std::scoped_lock lock(mutex_);
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
  const std::scoped_lock lock(mutex_);
  return notes_;
}

void HostSampler::run(const std::stop_token& stop) {
  bool first = true;
  while (!stop.stop_requested()) {
    const MonoTime begin = mono_now();
    sample(!std::exchange(first, false));
    const Nanoseconds pause = std::max(interval_ - (mono_now() - begin), kShare * (mono_now() - begin));
    std::unique_lock lock(mutex_);
    // Nobody notifies but the request to stop.
    wake_.wait_for(lock, stop, pause, [] { return false; });
  }
  sample(false);
}

void HostSampler::sample(bool occupied_only) {
  auto namespaces = namespaces_to_read(namespaces_);
  snapshot::HostSamples round;
  if (namespaces) {
    round = snapshot::sample_hosts(namespaces->readable, occupied_only);
  } else {
    round.notes.push_back(format_error(namespaces.error()));
  }
  const std::scoped_lock lock(mutex_);
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

void keep_samples(std::vector<HostSample>& kept, std::vector<HostSample> more, std::size_t most) {
  std::ranges::move(more, std::back_inserter(kept));
  if (kept.size() <= most) return;
  std::unordered_map<std::uint32_t, std::size_t> first;
  std::unordered_map<std::uint32_t, std::size_t> last;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    first.try_emplace(kept[i].netns, i);
    last[kept[i].netns] = i;
  }
  // By turns within a namespace: samples of several come one after the other.
  std::unordered_map<std::uint32_t, bool> drop;
  std::vector<HostSample> thinned;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const std::uint32_t netns = kept[i].netns;
    const bool inner = i != first[netns] && i != last[netns];
    if (inner && (drop[netns] = !drop[netns])) continue;
    thinned.push_back(std::move(kept[i]));
  }
  kept = std::move(thinned);
}

}  // namespace conntrail::cli
