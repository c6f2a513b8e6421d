// Network namespaces that no process as a whole is in: a thread is, or only a descriptor, a socket or a mount
// keeps them. Connections live in them all the same.
#pragma once

#include <cstdint>
#include <unordered_set>

#include "conntrail/base/unique_fd.h"
#include "conntrail/snapshot/snapshot.h"

namespace conntrail::snapshot {

// Those of the process's threads that went elsewhere (setns(), unshare() of one thread).
void add_of_threads(NamespaceList& list, std::unordered_set<std::uint32_t>& seen, std::uint32_t pid);

// All others: open descriptors of namespaces, mounts in any mount namespace, sockets whose makers have left.
// Ends after the time given. Sets `exhaustive` when nothing remained that was not looked at.
void add_hidden(NamespaceList& list, std::unordered_set<std::uint32_t>& seen, Nanoseconds longest);

// The namespace that a socket of another process belongs to; empty with errno set when it is not to be had.
[[nodiscard]] UniqueFd namespace_of_socket(std::uint32_t pid, std::int32_t fd);

}  // namespace conntrail::snapshot
