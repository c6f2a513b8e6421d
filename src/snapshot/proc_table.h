// A socket table from the text files of /proc/net: no privilege and no netlink needed.
#pragma once

#include <string>

#include "conntrail/base/result.h"
#include "table.h"

namespace conntrail::snapshot {

// The folder with the calling thread's own tables: /proc/thread-self/net, or /proc/net where there is no such
// link.
[[nodiscard]] std::string own_proc_net();

// `table.proc_net` holds tcp, tcp6, udp, udp6. A missing IPv6 file is an empty table (IPv6 is off); a missing
// IPv4 one is an error.
[[nodiscard]] Result<TableReport> read_proc_table(const Table& table, const RowFunction& row);

}  // namespace conntrail::snapshot
