// LossPattern: how the kernel noticed and repaired losses in a network namespace, by its own counters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "conntrail/model/finding.h"
#include "host_counters.h"

namespace conntrail::diagnose {

struct LossPattern {
  bool known = false;              // the counters were read twice
  std::int64_t out_segments = 0;   // Tcp.OutSegs
  std::int64_t retransmitted = 0;  // Tcp.RetransSegs, SYNs included
  std::int64_t syns = 0;           // TcpExt.TCPSynRetrans
  std::int64_t fast = 0;        // after duplicate ACKs or SACK: later segments arrived, a hole in the middle
  std::int64_t slow_start = 0;  // further segments of a window after a timeout
  std::int64_t probes = 0;      // tail loss probes sent
  std::int64_t probe_repairs = 0;  // that repaired a loss
  std::int64_t timeouts = 0;       // of data: retransmission timers, without those of SYNs
  std::int64_t lost_again = 0;     // retransmissions that were lost too
  std::int64_t spurious = 0;       // segments that the peer reports to have had already (DSACK)
  std::int64_t in_host_queue = 0;  // put off: the first copy had not even left this host

  [[nodiscard]] std::int64_t data() const { return retransmitted > syns ? retransmitted - syns : 0; }
  // Segments sent again as a share of those sent.
  [[nodiscard]] std::optional<double> rate() const;
  // "tail", "path", "spurious"; empty when too little happened to say.
  [[nodiscard]] std::string kind() const;
  // The share of `data()` that the peer did not report to have had already.
  [[nodiscard]] double needed_share() const;
  // Retransmissions by timer that another finding tells of.
  void leave_out(std::int64_t count);
};

[[nodiscard]] LossPattern loss_pattern(const HostCounters& counters);
void add_facts(Finding& finding, const LossPattern& pattern);

}  // namespace conntrail::diagnose
