// One line of /proc/net/tcp, tcp6, udp or udp6 as a row: a pure parser.
//
// Formats: net/ipv4/tcp_ipv4.c (get_tcp4_sock, get_openreq4, get_timewait4_sock), net/ipv6/tcp_ipv6.c,
// net/ipv4/udp.c. Addresses there are 32-bit words of the network-order address, printed in the host's byte
// order.
#pragma once

#include <string_view>

#include "conntrail/model/socket_row.h"

namespace conntrail::snapshot {

// False when the line is not one ("bogus" in netstat's words): a field up to the inode missing, not a number
// or wider than the kernel's own type, or an address of the wrong length. `row` is unspecified then. A
// trailing newline may be there or not. The row lacks what the file lacks: cookie, listen backlog, shutdown,
// cgroup and interface.
[[nodiscard]] bool parse_proc_net_line(std::string_view line, Protocol protocol, Family family,
                                       std::uint32_t netns, SocketRow& row);

}  // namespace conntrail::snapshot
