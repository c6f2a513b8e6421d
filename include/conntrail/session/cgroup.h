// The cgroup of a socket: the one its maker was in when the socket was made, a child has its listener's. It
// is what ss shows as "cgroup", and need not be the cgroup of the socket's present owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/result.h"
#include "conntrail/model/snapshot_scope.h"
#include "conntrail/model/socket_event.h"
#include "conntrail/model/socket_row.h"
#include "conntrail/track/tracker.h"

namespace conntrail::session {

// The id of a cgroup v2 directory, which is its inode number; a path below the cgroup2 mount or from the
// root. Nothing for a directory of another file system, where the same number means something else.
[[nodiscard]] std::optional<std::uint64_t> cgroup_id(std::string_view path);

// `--cgroup` values: paths and ids. No more than the kernel's filter can hold.
[[nodiscard]] Result<std::vector<std::uint64_t>> choose_cgroups(const std::vector<std::string>& values);

// Leaves the rows of sockets made in one of `cgroups`. Request and time-wait sockets have no cgroup: they
// stay where the tracker knows their connection. An error when a row of a full socket lacks its cgroup.
[[nodiscard]] Result<void> keep_cgroups(const std::vector<std::uint64_t>& cgroups,
                                        const track::Tracker& tracker, const SnapshotScope& scope,
                                        std::vector<SocketRow>& rows);

// What the kernel's filter on cgroups lets through without knowing the cgroup: an RST sent for a request or a
// time-wait socket. It is wanted where the tracker knows the connection.
[[nodiscard]] bool is_known_or_full(const track::Tracker& tracker, const SocketEvent& event);

}  // namespace conntrail::session
