// SnapshotScope: what a snapshot covers. Rows are what the kernel had at some moment in [started, finished].
#pragma once

#include <cstdint>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/model/endpoint.h"

namespace conntrail {

struct SnapshotScope {
  MonoTime started;
  MonoTime finished;
  std::vector<std::uint32_t> namespaces;  // the network namespaces that were read completely; only records in
                                          // these may be found gone by the snapshot
  // The namespaces in which a BPF program (sk_lookup) may choose the listener of a new connection, so that
  // the addresses do not tell which one it was.
  std::vector<std::uint32_t> steered;
  // The namespaces whose rows these are, as far as their cookies are known. Another one may have had the same
  // number before: that one is gone.
  std::vector<NamespaceId> cookies;
  bool time_wait_only = false;  // only time-wait sockets (TIME_WAIT, FIN_WAIT2 minisocks) were asked for
  bool has_cookies = true;      // false: rows are matched by four-tuple (polling /proc/net)
  bool emit_changes = false;    // true: there is no event stream, differences are reported as transitions
  bool operator==(const SnapshotScope&) const = default;
};

}  // namespace conntrail
