// HostSample: counters and settings of one network namespace at one moment, as the kernel keeps them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/model/counter_names.h"
#include "conntrail/model/endpoint.h"
#include "conntrail/model/owner.h"

namespace conntrail {

// A listening socket and its queues.
struct ListenerSample {
  std::uint64_t cookie = 0;
  Endpoint local;
  Family family = Family::unspecified;
  std::uint32_t accept_queue = 0;  // established and not yet accepted
  std::uint32_t backlog = 0;       // limit of the accept queue: min(listen()'s argument, somaxconn)
  std::uint32_t half_open = 0;     // request sockets (SYN_RECV) of this listener
  std::uint32_t drops = 0;         // sk_drops: connections this listener turned away; wraps
  Owner owner;                     // unknown when nobody looked it up

  bool operator==(const ListenerSample&) const = default;
};

// One number by name. Names are the kernel's: "Tcp.ActiveOpens", "TcpExt.TCPTimeWaitOverflow"
// (/proc/net/snmp, /proc/net/netstat), "sockstat.TCP.tw" (/proc/net/sockstat), "sysctl.tcp_tw_reuse" (below
// /proc/sys/net/ipv4; "sysctl.somaxconn" is net.core's). A sysctl of two numbers is
// "sysctl.ip_local_port_range.low" and ".high"; "sysctl.ip_local_reserved_ports.in_range" is how many ports
// of the range are reserved, "sysctl.ip_local_reserved_ports.run.N" the last port of a run of them that
// begins with port N (none where there are very many runs).
//
// The diagnoses read all of Tcp and TcpExt, sockstat.TCP.tw, and these sysctls: ip_local_port_range,
// ip_local_reserved_ports, tcp_tw_reuse, tcp_tw_reuse_delay (6.14), tcp_timestamps, tcp_max_tw_buckets,
// tcp_fin_timeout, tcp_max_syn_backlog, tcp_syncookies, tcp_syn_retries, tcp_syn_linear_timeouts (6.5),
// tcp_abort_on_overflow, somaxconn.
struct NamedValue {
  std::string name;
  std::int64_t value = 0;
  bool operator==(const NamedValue&) const = default;
};

struct HostSample {
  MonoTime time;
  std::uint32_t netns = 0;                // network namespace inode
  std::vector<NamedValue> values;         // by name, ascending; what could not be read is not there
  std::vector<ListenerSample> listeners;  // by local endpoint

  [[nodiscard]] std::optional<std::int64_t> find(CounterName name) const;
  bool operator==(const HostSample&) const = default;
};

}  // namespace conntrail
