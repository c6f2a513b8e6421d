// Samples of a host: the counters, settings and listening sockets of network namespaces at one moment.
//
// Sources: /proc/net/netstat (TcpExt), /proc/net/snmp (Tcp), /proc/net/sockstat and sockstat6, /proc/sys/net
// (net/ipv4/proc.c, net/ipv6/proc.c, net/ipv4/sysctl_net_ipv4.c), and for listeners two sock_diag dumps
// (net/ipv4/tcp_diag.c): the listening sockets with INET_DIAG_SKMEMINFO, and the request sockets where a
// listener is. The second one walks the host's whole table of connections, so that a sample costs some
// milliseconds with 100 000 of them; ask for one every second at most.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "conntrail/base/result.h"
#include "conntrail/model/host_sample.h"
#include "conntrail/snapshot/snapshot.h"

namespace conntrail::snapshot {

struct HostSamples {
  std::vector<HostSample> samples;  // in the order of the targets, less what could not be read
  std::vector<std::string> notes;   // one line each: what could not be read and why
};

// What could not be read is not in a sample: a sysctl that this kernel or namespace lacks, the settings and
// listeners of a namespace that may not be entered. There is no sample when not even the counters could be
// read. `occupied_only` leaves out namespaces without a TCP socket; one that has gone meanwhile is left out
// without a note.
//
// `half_open` of a listener counts the request sockets that the kernel's choice among listeners would give it
// (the bound address before the wildcard); those of several listeners on one address (SO_REUSEPORT) are
// shared out evenly, since only the kernel knows which listener they belong to. Owners are left unknown.
[[nodiscard]] HostSamples sample_hosts(std::span<const NetworkNamespace> targets, bool occupied_only = false);

}  // namespace conntrail::snapshot
