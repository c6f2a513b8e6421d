// Running a piece of a test in a forked child: with another user, behind a seccomp filter, in another
// namespace.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace conntrail::test {

// Forks, runs `work` in the child and gives what it returned. What it throws, or that the child died, is
// thrown here.
[[nodiscard]] std::string in_child(const std::function<std::string()>& work);

// A user id that no process of this machine has now. Throws std::runtime_error when /proc cannot be read.
[[nodiscard]] uid_t unused_uid();

// For use inside a child, for good. All throw std::runtime_error.
void become_nobody();   // uid and gid 65534, no capabilities; still visible to processes of the same user
void forbid_netlink();  // socket(AF_NETLINK, …) fails with EPERM from now on (seccomp)

}  // namespace conntrail::test
