#include "listener_history.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace conntrail::diagnose {
namespace {

// By cookie where there is one; a listener that was closed and opened anew is another.
using Key = std::tuple<std::uint32_t, std::uint64_t, Endpoint>;

void take(const ListenerSample& sample, ListenerHistory& history) {
  if (history.newest != nullptr) history.drops += sample.drops - history.newest->drops;  // it wraps
  history.newest = &sample;
  ++history.samples;
  history.is_full_now = ListenerHistory::is_full(sample);
  if (history.is_full_now) ++history.full_samples;
  if (std::uint64_t{sample.accept_queue} * 5 >= std::uint64_t{sample.backlog} * 4 && sample.accept_queue > 0)
    ++history.filling_samples;
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
      take(listener, history);
    }
  }
  std::vector<ListenerHistory> out;
  out.reserve(histories.size());
  for (const auto& [key, history] : histories) out.push_back(history);
  return out;
}

}  // namespace conntrail::diagnose
