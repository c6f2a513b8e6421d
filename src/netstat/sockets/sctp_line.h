// Rows of netstat's SCTP table: from a line of /proc/net/sctp/{eps,assocs} to bytes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/ip_address.h"
#include "names/names.h"
#include "sockets/inet_format.h"

namespace conntrail::netstat {

struct SctpSocket {
  bool association = false;  // else an endpoint, which listens
  std::int32_t state = 0;
  std::int32_t local_port = 0;
  std::int32_t remote_port = 0;
  std::uint32_t receive_queue = 0;
  std::uint32_t send_queue = 0;
  std::int32_t uid = 0;
  std::uint64_t inode = 0;
  std::vector<IpAddress> local;
  std::vector<IpAddress> remote;
};

// Empty: a bogus line.
[[nodiscard]] std::optional<SctpSocket> parse_sctp_endpoint(std::string_view line);
[[nodiscard]] std::optional<SctpSocket> parse_sctp_association(std::string_view line);

// One row of one line per address; user, inode and program stand at the last. `numeric_hosts` as netstat
// takes it here (Options::any_numeric).
void append_sctp_row(std::string& out, const SctpSocket& socket, bool numeric_hosts,
                     const InetColumns& columns, const ProgramText& program, Names& names);

}  // namespace conntrail::netstat
