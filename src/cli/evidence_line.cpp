#include "evidence_line.h"

#include <fmt/format.h>

namespace conntrail::cli {

void append_evidence_text(std::string& out, const observe::Observation& observation) {
  const diagnose::Evidence& evidence = observation.evidence;
  const std::size_t count = evidence.connections.size();
  fmt::format_to(
      std::back_inserter(out), "{} observed: {} connection{}, {}, {}\n\n",
      format_duration(evidence.to - evidence.from), count, count == 1 ? "" : "s",
      evidence.events ? "from kernel events" : "by comparing snapshots",
      evidence.lost_events == 0 ? "nothing lost" : fmt::format("{} events lost", evidence.lost_events));
}

void append_evidence_json(std::string& out, const observe::Observation& observation) {
  const diagnose::Evidence& evidence = observation.evidence;
  out += "{\"type\":\"evidence\",\"from\":\"";
  append_rfc3339(out, observation.clock.real_ns(evidence.from));
  out += "\",\"to\":\"";
  append_rfc3339(out, observation.clock.real_ns(evidence.to));
  const double microseconds = static_cast<double>((evidence.to - evidence.from).count()) / 1e3;
  fmt::format_to(
      std::back_inserter(out),
      "\",\"mono_ns\":{},\"duration_us\":{:.3f},\"source\":\"{}\",\"connections\":{},\"samples\":{},"
      "\"events_lost\":{}}}\n",
      evidence.to.ns, microseconds, evidence.events ? "events" : "snapshots", evidence.connections.size(),
      evidence.samples.size(), evidence.lost_events);
}

}  // namespace conntrail::cli
