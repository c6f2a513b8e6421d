// Which BPF programs, maps and links a process holds, and whether the kernel still has them: asked of /proc
// and bpftool, not of our own code.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>

namespace conntrail::test {

// "prog 17", "map 12", "link 3": all that the process's descriptors refer to (/proc/PID/fdinfo).
[[nodiscard]] std::set<std::string> bpf_objects_of(pid_t process);
// Those of them that exist now.
[[nodiscard]] std::set<std::string> still_there(const std::set<std::string>& objects);
// Waits up to some seconds: the kernel frees programs after a grace period.
[[nodiscard]] std::set<std::string> left_behind(const std::set<std::string>& objects);

}  // namespace conntrail::test
