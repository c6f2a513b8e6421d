#include "topics.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace conntrail::diagnose {
namespace {

constexpr std::array<Topic, 6> kTopics{{
    {topic::kTimeWait, "TIME_WAIT: who closes first, and when local ports or buckets run out",
     diagnose_time_wait},
    {topic::kConnect, "connects that are slow, refused or never answered, by destination", diagnose_connect},
    {topic::kCloseWait, "processes that do not close what their peers have closed", diagnose_close_wait},
    {topic::kListen, "accept queues that overflow, half-open connections, SYN cookies", diagnose_listen},
    {topic::kRetransmit, "data sent again and connections reset: where, by whom, why", diagnose_retransmit},
    {topic::kQueues, "data that waits and does not drain, and which process does not read it",
     diagnose_queues},
}};

}  // namespace

std::span<const Topic> topics() { return kTopics; }

const Topic* find_topic(std::string_view name) {
  const auto found = std::ranges::find(kTopics, name, &Topic::name);
  return found == kTopics.end() ? nullptr : &*found;
}

std::vector<Finding> run(const Evidence& evidence, const Topic* only) {
  std::vector<Finding> out;
  for (const Topic& topic : kTopics) {
    if (only != nullptr && topic.name != only->name) continue;
    std::vector<Finding> found = topic.run(evidence);
    std::ranges::move(found, std::back_inserter(out));
  }
  std::ranges::stable_sort(out, [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return out;
}

}  // namespace conntrail::diagnose
