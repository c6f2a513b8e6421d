#include "finding_builder.h"

#include <algorithm>

#include "figures.h"

namespace conntrail::diagnose {

Finding make_finding(const Evidence& evidence, std::string_view topic, std::string_view id,
                     std::optional<std::uint32_t> netns) {
  Finding finding;
  finding.topic = topic;
  finding.id = id;
  if (netns && *netns != 0) add_fact(finding, "netns", *netns);
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

}  // namespace conntrail::diagnose
