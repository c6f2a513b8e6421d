#include "finding_builder.h"

#include <algorithm>
#include <string>
#include <utility>

#include "figures.h"

namespace conntrail::diagnose {

std::string namespace_name(const Evidence& evidence, std::uint32_t netns) {
  const auto named = std::ranges::find_if(evidence.connections, [netns](const Connection* c) {
    return c->tuple.netns == netns && !c->netns_name.empty();
  });
  return named != evidence.connections.end() ? (*named)->netns_name : std::string();
}

std::string namespace_text(const Evidence& evidence, std::uint32_t netns) {
  const bool several = std::ranges::any_of(evidence.connections, [netns](const Connection* c) {
    return c->tuple.netns != 0 && c->tuple.netns != netns;
  });
  if (!several || netns == 0) return {};
  std::string name = namespace_name(evidence, netns);
  return name.empty() ? std::to_string(netns) : name;
}

Finding make_finding(const Evidence& evidence, std::string_view topic, std::string_view id,
                     std::optional<std::uint32_t> netns) {
  Finding finding;
  finding.topic = topic;
  finding.id = id;
  if (netns && *netns != 0) {
    add_fact(finding, "netns", *netns);
    if (std::string name = namespace_name(evidence, *netns); !name.empty())
      finding.facts.push_back({"netns_name", std::move(name)});
    finding.place = namespace_text(evidence, *netns);
  }
  add_fact(finding, "interval_s", interval_seconds(evidence));
  if (evidence.lost_events > 0) {
    add_fact(finding, "lost_events", evidence.lost_events);
    finding.notes.push_back(count_text(evidence.lost_events, "event") +
                            " were lost in the interval: counts and rates here are at least these.");
  }
  if (!evidence.events) {
    add_fact(finding, "source", std::string_view("snapshots"));
    finding.notes.emplace_back(
        "The evidence is snapshots only: connections that came and went between two of them are not in it, "
        "and "
        "owners and times are known for few.");
  }
  return finding;
}

void add_program(Finding& finding, const Program& program) {
  if (program.pid == 0) return;
  add_fact(finding, "comm", program.comm);
  add_fact(finding, "pid", program.pid);
}

double interval_seconds(const Evidence& evidence) {
  return std::max(to_seconds(evidence.to - evidence.from), 1e-3);
}

bool in_interval(const Evidence& evidence, MonoTime time) {
  return time.known() && time >= evidence.from && time <= evidence.to;
}

Recent recent_part(const Evidence& evidence) {
  const Nanoseconds whole = evidence.to - evidence.from;
  return {evidence.to - whole / 2, evidence.to - whole / 4};
}

}  // namespace conntrail::diagnose
