// Which processes hold which sockets, for -p: through /proc/PID/fd, or through the BPF iterator over all
// descriptors where there are so many that this is quicker. Both give the same answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/model/owner.h"

namespace conntrail::netstat {

struct Process {
  std::string pid;      // as /proc names it
  std::string name;     // the first argument; of a path only what follows its last slash
  std::string context;  // SELinux, "-" where unknown or not asked for
};

struct Holding {
  std::uint64_t inode = 0;
  std::uint32_t process = 0;  // index into Holdings::processes

  auto operator<=>(const Holding&) const = default;
};

struct Holdings {
  std::vector<Process> processes;  // those with sockets, in the order of /proc
  std::vector<Holding> holdings;   // sorted, each once
  bool denied = false;             // a process's descriptors may not be read
  bool proc_readable = false;
};

// What /proc does not show to this process is left out whichever method is used. `task_file` falls back to
// /proc where BPF is not permitted or would not see what /proc shows.
[[nodiscard]] Holdings find_holdings(bool with_context, OwnerMethod method = OwnerMethod::automatic);

// The inode behind a link in /proc/PID/fd ("socket:[4711]", "[0000]:4711"); 0 when it is no socket.
[[nodiscard]] std::uint64_t socket_inode(std::string_view link);

// The name in /proc/PID/cmdline that -p shows.
[[nodiscard]] std::string_view program_name(std::string_view command_line);

}  // namespace conntrail::netstat
