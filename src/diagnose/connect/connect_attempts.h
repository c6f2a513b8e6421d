// ConnectAttempts: how the connects of the interval went, by destination.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "connect/fallback.h"
#include "conntrail/diagnose/diagnose.h"
#include "peer.h"
#include "process_tally.h"

namespace conntrail::diagnose {

struct ConnectAttempts {
  Peer destination;
  bool full_listener_here = false;  // a listener of this host that turns connections away: topic listen
  std::size_t attempts = 0;
  std::size_t established = 0;
  std::size_t established_after_retransmit = 0;
  std::size_t refused = 0;
  std::size_t timed_out = 0;
  std::size_t unreachable = 0;
  std::size_t reset = 0;
  std::size_t given_up = 0;    // closed by the process before an answer, after a SYN had been sent again
  std::size_t unanswered = 0;  // still in SYN_SENT, SYN sent again at least twice
  std::size_t syn_retransmits = 0;
  std::size_t most_syn_retransmits = 0;
  MonoTime last_established;      // the newest connect that succeeded; unknown when none did
  MonoTime last_refused;          // the newest that was refused or reset
  bool answers = false;           // something came back from there: a connection was established or refused
  ProcessTally processes;         // of all attempts
  ProcessTally failed_processes;  // of those that failed or wait
  std::vector<std::int64_t> latency_ns;        // of established ones
  std::vector<std::int64_t> clean_latency_ns;  // connects without a retransmitted SYN
  std::int64_t longest_wait_ns = 0;            // of those that wait or timed out
  // Data of established connections there, to tell loss on the path from loss of SYNs alone.
  std::uint64_t segments = 0;
  std::uint64_t data_retransmits = 0;

  [[nodiscard]] std::size_t silent() const { return timed_out + unanswered + given_up; }
};

// Those with attempts in the interval, by destination, without the fallbacks.
[[nodiscard]] std::vector<ConnectAttempts> survey_connects(const Evidence& evidence,
                                                           const Fallbacks& fallbacks);

}  // namespace conntrail::diagnose
