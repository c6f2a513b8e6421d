// What a command looks at: which connections, in which network namespaces, read from where.
#pragma once

#include <cstdint>
#include <vector>

#include "conntrail/filter/filter.h"
#include "conntrail/session/snapshot_worker.h"
#include "conntrail/snapshot/snapshot.h"

namespace conntrail::session {

struct CommonChoice {
  filter::Filter filter;
  NamespaceChoice namespaces;
  snapshot::Source source = snapshot::Source::automatic;
  std::vector<std::uint64_t> cgroup_ids;  // only sockets made in one of these; empty = any (session/cgroup.h)
};

}  // namespace conntrail::session
