// InetSocket: one row of netstat's Internet tables, with the values of /proc/net/{tcp,udp,udplite,raw} as
// they stand there.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "conntrail/base/ip_address.h"
#include "conntrail/model/socket_row.h"

namespace conntrail::netstat {

struct InetSocket {
  IpAddress local;  // both are of the table's family, the wildcard too
  IpAddress remote;
  std::uint32_t local_port = 0;
  std::uint32_t remote_port = 0;
  std::uint32_t state = 0;
  std::uint32_t timer = 0;
  std::uint64_t receive_queue = 0;
  std::uint64_t send_queue = 0;
  std::uint64_t timer_ticks = 0;  // clock ticks (USER_HZ)
  std::uint64_t retransmits = 0;
  std::int32_t uid = 0;
  std::int32_t timeout = 0;  // unanswered probes
  std::uint64_t inode = 0;
  std::uint64_t cookie = 0;  // where the source has one; not in those files

  [[nodiscard]] Family family() const { return local.family; }
  bool operator==(const InetSocket&) const = default;
};

// A line of those files. `required`: conversions that must succeed (netstat: 11 for TCP, 10 for the others);
// fewer, or a cut address, make the line bogus and the answer empty. What lies behind the last one that
// succeeded stays zero.
[[nodiscard]] std::optional<InetSocket> parse_inet_line(std::string_view line, int required);

// The same row as a snapshot gives it.
[[nodiscard]] InetSocket inet_socket_from(const SocketRow& row);

}  // namespace conntrail::netstat
