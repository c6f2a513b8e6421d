// Where the rows of the TCP and UDP tables come from: sock_diag or the BPF iterators through a snapshot, or
// /proc/net.
#pragma once

#include <functional>

#include "sockets/inet_format.h"
#include "sockets/section.h"

namespace conntrail::netstat {

// Feeds every row of the table, IPv4 first, in the kernel's order. When the source is left to choose, rows
// that sock_diag does not give come from /proc/net.
[[nodiscard]] SectionStatus read_inet_rows(Session& session, InetTable table,
                                           const std::function<void(const InetSocket&)>& row);

}  // namespace conntrail::netstat
