// Comparing rows of different sources: as text, so that a failing test shows what differs.
#pragma once

#include <string>
#include <vector>

#include "conntrail/model/socket_row.h"

namespace conntrail::test {

// "tcp 127.0.0.1:80 10.0.0.1:1234": what names a socket of a namespace.
[[nodiscard]] std::string name_of(const SocketRow& row);
[[nodiscard]] std::string name_of(Protocol protocol, const FourTuple& tuple);

// One line per difference between two snapshots of unchanged sockets, empty when there is none: the same
// sockets in the same order, every field equal, with two allowances. Fields that one source does not have are
// left out: with `text_only` the cookie, backlog, shutdown, cgroup and interface. Running timers may differ
// by what passes between the two snapshots (`elapsed_ticks`).
struct Allowance {
  bool text_only = false;
  std::uint64_t elapsed_ticks = 0;
};
[[nodiscard]] std::vector<std::string> differences(const std::vector<SocketRow>& left,
                                                   const std::vector<SocketRow>& right, Allowance allowance);

[[nodiscard]] std::string join(const std::vector<std::string>& lines);

}  // namespace conntrail::test
