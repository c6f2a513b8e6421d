// What the filter language asks the host: service names, users, cgroups and network namespaces.
#pragma once

#include <string>
#include <vector>

#include "conntrail/base/result.h"
#include "conntrail/filter/filter.h"
#include "conntrail/kernel/event_stream.h"
#include "conntrail/session/snapshot_worker.h"

namespace conntrail::session {

[[nodiscard]] filter::Environment host_environment();
// The same for connections that were recorded, perhaps before this boot.
[[nodiscard]] filter::Environment recorded_environment();

// `--netns` values ("all", "self", a name, a path, a PID, an inode number), "all" when there are none.
[[nodiscard]] Result<NamespaceChoice> choose_namespaces(const std::vector<std::string>& values);

// The part of filter and namespace choice that the kernel can check. Not the filter's cgroup: it is the
// owner's, which a softirq does not know; nor the process, for the same reason.
[[nodiscard]] kernel::KernelFilter kernel_filter(const filter::Filter& filter,
                                                 const NamespaceChoice& namespaces);

// How often the whole table must be read again because of the kernel's filter; 0 = never. A SYN_SENT passes
// before its local port is known, while the rest of that connection may not: such records would stay without
// a look at the table.
[[nodiscard]] Nanoseconds resync_interval(const kernel::KernelFilter& filter);

}  // namespace conntrail::session
