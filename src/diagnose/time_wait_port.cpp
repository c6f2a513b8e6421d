#include "time_wait_port.h"

#include "ends_index.h"
#include "time_wait_state.h"

namespace conntrail::diagnose {

TimeWaitPort survey_port(const Evidence& evidence, const std::vector<const Connection*>& connections,
                         const Directions& directions, const Peer& port) {
  // Some thousand tell who opens them; a storm has a million.
  constexpr std::size_t kMostIndexed = 20'000;
  TimeWaitPort out;
  EndsIndex index;
  std::size_t indexed = 0;
  for (const Connection* c : connections) {
    if (!c->time_wait || local_port_of(*c) != port || directions.is_active(*c) ||
        residue_at(*c, evidence.to) == Residue::waiting)
      continue;
    out.closers.add(*c);
    if (c->opened.known() && c->closed.known()) out.lifetimes_ns.push_back((c->closed - c->opened).count());
    if (indexed++ < kMostIndexed) index.add(*c);
  }
  bool first = true;
  for (const Connection* c : evidence.connections) {
    if (c->tuple.remote.port != port.endpoint.port || index.peer_of(*c) == nullptr) continue;
    out.openers.add(*c);
    out.openers_netns = first || out.openers_netns == c->tuple.netns ? c->tuple.netns : 0;
    first = false;
  }
  return out;
}

}  // namespace conntrail::diagnose
