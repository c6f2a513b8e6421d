// A socket table by sock_diag (NETLINK_SOCK_DIAG dump).
#pragma once

#include "conntrail/base/result.h"
#include "table.h"

namespace conntrail::snapshot {

// Of the calling thread's network namespace, in the kernel's order, which is that of /proc/net. Rows already
// handed out stay handed out when it fails. The netlink socket lives as long as the call.
[[nodiscard]] Result<TableReport> read_diag_table(const Table& table, const RowFunction& row);

// Listening TCP sockets only, with SocketRow::drops. Quick: the kernel keeps them in a table of their own.
[[nodiscard]] Result<TableReport> read_diag_listeners(const Table& table, const RowFunction& row);
// TCP request sockets (half-open connections) only, as sock_diag has them: uid 0, SYN-ACKs counted.
[[nodiscard]] Result<TableReport> read_diag_requests(const Table& table, const RowFunction& row);

}  // namespace conntrail::snapshot
