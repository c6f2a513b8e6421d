#include "conntrail/view/observed.h"

#include <fmt/format.h>

#include "conntrail/base/json_object.h"

namespace conntrail::view {

void append_observed_text(std::string& out, const Observed& observed) {
  // Snapshots lose nothing that anybody could count; what they miss is said elsewhere.
  std::string source = "by comparing snapshots";
  if (observed.events) {
    source = "from kernel events, ";
    source +=
        observed.lost_events == 0 ? "nothing lost" : fmt::format("{} events lost", observed.lost_events);
  }
  fmt::format_to(std::back_inserter(out), "{} observed: {} connection{}, {}\n\n",
                 format_duration(observed.to - observed.from), observed.connections,
                 observed.connections == 1 ? "" : "s", source);
}

void append_observed_json(std::string& out, const Observed& observed) {
  JsonWriter json(out);
  JsonObject line(json);
  line.text("type", "evidence");
  line.time("from", observed.clock.real_ns(observed.from));
  line.time("to", observed.clock.real_ns(observed.to));
  line.number("mono_ns", observed.to.ns);
  line.microseconds("duration_us", observed.to - observed.from);
  line.text("source", observed.events ? "events" : "snapshots");
  line.number("connections", observed.connections);
  line.number("samples", observed.samples);
  line.number("events_lost", observed.lost_events);
  line.end();
  json.raw("\n");
}

}  // namespace conntrail::view
