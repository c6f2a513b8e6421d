#include "pid_namespace.h"

#include <sys/stat.h>

namespace conntrail::kernel {

std::uint32_t reported_pid_namespace() {
  constexpr ino_t kInitial = 0xEFFFFFFC;  // PROC_PID_INIT_INO (linux/proc_ns.h)
  struct stat status {};
  // Process 1 of this /proc is in the namespace that it shows. It may be somebody else's; our own namespace
  // is the same one unless /proc was mounted elsewhere.
  if (::stat("/proc/1/ns/pid", &status) != 0 && ::stat("/proc/self/ns/pid", &status) != 0) return 0;
  return status.st_ino == kInitial ? 0 : static_cast<std::uint32_t>(status.st_ino);
}

}  // namespace conntrail::kernel
