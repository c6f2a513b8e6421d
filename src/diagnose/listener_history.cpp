#include "listener_history.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace conntrail::diagnose {
namespace {

// By cookie where there is one; a listener that was closed and opened anew is another.
using Key = std::tuple<std::uint32_t, std::uint64_t, Endpoint>;

void take(const ListenerSample& sample, MonoTime time, ListenerHistory& history) {
  const std::uint32_t waiting = sample.accept_queue;
  if (history.newest != nullptr) {
    history.drops += sample.drops - history.newest->drops;  // it wraps
    history.fell |= waiting < history.newest->accept_queue;
  } else {
    history.first_waiting = waiting;
  }
  if (waiting < ListenerHistory::kSomeWait) {
    history.waiting_since = {};
  } else if (!history.waiting_since.known()) {
    history.waiting_since = time;
  }
  history.last = time;
  history.newest = &sample;
  ++history.samples;
  if (ListenerHistory::is_full(sample)) ++history.full_samples;
  history.is_filled_now =
      sample.accept_queue > 0 && std::uint64_t{sample.accept_queue} * 5 >= std::uint64_t{sample.backlog} * 4;
  if (history.is_filled_now) ++history.filling_samples;
  history.most_waiting = std::max(history.most_waiting, sample.accept_queue);
  history.most_half_open = std::max(history.most_half_open, sample.half_open);
}

}  // namespace

std::vector<ListenerHistory> listener_histories(const Evidence& evidence) {
  std::map<Key, ListenerHistory> histories;
  for (const HostSample& sample : evidence.samples) {
    for (const ListenerSample& listener : sample.listeners) {
      const Endpoint local = listener.cookie != 0 ? Endpoint{} : listener.local;
      ListenerHistory& history = histories[{sample.netns, listener.cookie, local}];
      history.netns = sample.netns;
      take(listener, sample.time, history);
    }
  }
  std::vector<ListenerHistory> out;
  out.reserve(histories.size());
  for (const auto& [key, history] : histories) out.push_back(history);
  return out;
}

}  // namespace conntrail::diagnose
