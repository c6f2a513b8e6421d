// What the filter language asks the host: service names, users, cgroups and network namespaces.
#pragma once

#include <string>
#include <vector>

#include "conntrail/base/result.h"
#include "conntrail/filter/filter.h"
#include "conntrail/kernel/event_stream.h"
#include "snapshot_worker.h"

namespace conntrail::cli {

[[nodiscard]] filter::Environment host_environment();

// `--netns` values ("all", "self", a name, a path, a PID, an inode number), "all" when there are none.
[[nodiscard]] Result<NamespaceChoice> choose_namespaces(const std::vector<std::string>& values);

// The part of filter and namespace choice that the kernel can check.
[[nodiscard]] kernel::KernelFilter kernel_filter(const filter::Filter& filter,
                                                 const NamespaceChoice& namespaces);

}  // namespace conntrail::cli
