// PortUse: the local ports that connections to one destination hold, and when none will be left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "conntrail/diagnose/diagnose.h"
#include "host_counters.h"
#include "peer.h"
#include "process_tally.h"

namespace conntrail::diagnose {

// connect() chooses a port for these three: one that no other connection to them has.
struct PortGroup {
  IpAddress local;
  Peer remote;
  bool operator==(const PortGroup&) const = default;
};

// Whether, and after how long, connect() may take over a port that is in TIME_WAIT.
struct ReuseRule {
  std::int64_t setting = 0;          // sysctl tcp_tw_reuse: 0 never, 1 always, 2 on loopback
  bool timestamps = true;            // it needs them, on both ends
  Nanoseconds delay{1'000'000'000};  // sysctl tcp_tw_reuse_delay
  [[nodiscard]] bool allows(const PortGroup& group) const;
};
[[nodiscard]] ReuseRule reuse_rule(const HostCounters& counters);

struct PortUse {
  PortGroup group;
  std::size_t open = 0;
  std::size_t time_wait = 0;
  std::size_t waiting = 0;   // FIN_WAIT2, the peer has not closed
  std::size_t failed = 0;    // connects that found no port in the interval
  double entries_per_s = 0;  // into TIME_WAIT, over the interval
  double recent_per_s = 0;   // ports newly taken for longer than a moment, in the newest part of it
  bool reuse = false;        // TIME_WAIT is no hindrance after ReuseRule::delay
  ProcessTally processes;
  std::optional<double> exhausted_in_s;  // empty: not foreseen, or the capacity is not known
  // When half of the ports is taken, and connect() begins to search long (see port_exhaustion.cpp).
  std::optional<double> slows_in_s;
  [[nodiscard]] std::size_t in_use() const { return open + time_wait + waiting; }
};

struct PortSurvey {
  std::optional<std::int64_t> low, high;  // the range for connect()
  std::int64_t reserved = 0;              // of it, by ip_local_reserved_ports
  std::int64_t bound = 0;                 // of the others, by listeners
  ReuseRule reuse;
  std::vector<PortUse> uses;  // those that matter, the most pressing first
  [[nodiscard]] std::optional<std::int64_t> capacity() const;
};

// Of one namespace; `connections` are those in it.
[[nodiscard]] PortSurvey survey_ports(const Evidence& evidence,
                                      const std::vector<const Connection*>& connections,
                                      const Directions& directions, const HostCounters& counters);

}  // namespace conntrail::diagnose
