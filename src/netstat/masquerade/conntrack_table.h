// The kernel's table of tracked connections, by ctnetlink or from /proc/net/nf_conntrack.
#pragma once

#include <expected>
#include <functional>

#include "masquerade/conntrack_tuple.h"

namespace conntrail::netstat {

using TakeConnection = std::function<void(const TrackedConnection&)>;

struct ConntrackReport {
  bool interrupted = false;  // changed while it was read, again and again: connections may be missing
};

// Which of them: AF_INET, AF_INET6 or AF_UNSPEC for both. Errors are errnos; ENOENT: the kernel has no such
// source.
[[nodiscard]] std::expected<ConntrackReport, int> read_conntrack_netlink(int family,
                                                                         const TakeConnection& take);
[[nodiscard]] std::expected<void, int> read_conntrack_file(int family, const TakeConnection& take);

}  // namespace conntrail::netstat
