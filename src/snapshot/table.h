// One kernel socket table (a protocol of a family in the calling thread's namespace) and what reading it
// gave.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "conntrail/model/socket_row.h"

namespace conntrail::snapshot {

using RowFunction = std::function<void(const SocketRow&)>;

struct Table {
  Protocol protocol = Protocol::tcp;
  Family family = Family::inet;
  std::uint32_t netns = 0;         // for the rows; 0 when it could not be found out
  std::uint64_t netns_cookie = 0;  // the same
  bool time_wait_only = false;     // only time-wait sockets, also those in substate FIN_WAIT2
  bool request_timeouts = false;   // see Request
  bool statistics = false;         // SocketRow::stats and exact counters, where the source has them
  std::string proc_net;            // the folder with the text of the same tables
};

struct TableReport {
  std::uint64_t malformed = 0;  // answers or lines that were no sockets
  bool interrupted = false;     // changed while it was read: sockets may be missing or doubled
};

[[nodiscard]] inline std::string table_name(const Table& table) {
  std::string name = table.protocol == Protocol::tcp ? "tcp" : "udp";
  if (table.family == Family::inet6) name += '6';
  return name;
}

}  // namespace conntrail::snapshot
