// TimeWaitPort: the connections of one port that the server closed first: who closed them, and who opened
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "conntrail/diagnose/diagnose.h"
#include "peer.h"
#include "process_tally.h"

namespace conntrail::diagnose {

struct TimeWaitPort {
  ProcessTally closers;
  ProcessTally openers;                    // as far as they are on this host
  std::uint32_t openers_netns = 0;         // their network namespace; 0 = they are of several
  std::vector<std::int64_t> lifetimes_ns;  // of the connections, where known
};

// `connections` are those of the port's namespace; their other ends are looked for in all of the evidence.
[[nodiscard]] TimeWaitPort survey_port(const Evidence& evidence,
                                       const std::vector<const Connection*>& connections,
                                       const Directions& directions, const Peer& port);

}  // namespace conntrail::diagnose
