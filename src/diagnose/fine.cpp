// What was looked at and is in order: the last line of a diagnosis.
#include <fmt/format.h>

#include <algorithm>

#include "conntrail/diagnose/diagnose.h"
#include "conntrail/model/counter_names.h"
#include "figures.h"
#include "topics.h"

namespace conntrail::diagnose {
namespace {

const Fact* find_fact(const Finding& finding, std::string_view key) {
  const auto found = std::ranges::find(finding.facts, key, &Fact::key);
  return found == finding.facts.end() ? nullptr : &*found;
}

// Empty when there was no connect to judge, or some are not in order: what topic listen explains asks for
// nothing here, but those connects wait all the same.
std::string connects(const std::vector<Finding>& findings) {
  const bool some_wait = std::ranges::any_of(findings, [](const Finding& finding) {
    return finding.id == "connect-timeout" || finding.id == "black-hole";
  });
  if (some_wait) return {};
  const auto latency = std::ranges::find(findings, "connect-latency", &Finding::id);
  if (latency == findings.end()) return {};
  const Fact* p99 = find_fact(*latency, "connect_p99_ms");
  const auto* value = p99 == nullptr ? nullptr : std::get_if<double>(&p99->value);
  if (value == nullptr) return "connects";
  constexpr double kPerSecond = 1000;
  return fmt::format("connects (p99 {})", seconds_text(*value / kPerSecond));
}

bool has_listeners(const Evidence& evidence) {
  return std::ranges::any_of(evidence.samples, [](const HostSample& s) { return !s.listeners.empty(); });
}

bool has_counters(const Evidence& evidence) {
  return std::ranges::any_of(evidence.samples,
                             [](const HostSample& s) { return s.find(counter::kRetransSegs).has_value(); });
}

std::string in_order(const Topic& topic, const Evidence& evidence, const std::vector<Finding>& findings) {
  if (topic.name == topic::kConnect) return connects(findings);
  if (topic.name == topic::kListen) return has_listeners(evidence) ? "accept queues" : "";
  if (topic.name == topic::kRetransmit) return has_counters(evidence) ? "loss" : "";
  if (topic.name == topic::kQueues) return evidence.looks < 2 ? "" : "queues";
  if (evidence.connections.empty()) return {};
  if (topic.name == topic::kTimeWait) return "TIME_WAIT";
  return topic.name == topic::kCloseWait ? "CLOSE_WAIT" : std::string(topic.name);
}

}  // namespace

std::vector<std::string> fine(const Evidence& evidence, const std::vector<Finding>& findings,
                              const Topic* only) {
  std::vector<std::string> out;
  for (const Topic& topic : topics()) {
    if (only != nullptr && only->name != topic.name) continue;
    const bool told = std::ranges::any_of(findings, [&](const Finding& finding) {
      return finding.topic == topic.name && finding.asks_for_something();
    });
    if (told) continue;
    if (std::string text = in_order(topic, evidence, findings); !text.empty()) out.push_back(std::move(text));
  }
  return out;
}

}  // namespace conntrail::diagnose
