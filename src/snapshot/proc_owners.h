// Who holds sockets, from /proc/PID/fd: works without BPF; other users' processes need CAP_SYS_PTRACE.
#pragma once

#include <functional>
#include <optional>

#include "conntrail/base/result.h"
#include "conntrail/snapshot/snapshot.h"
#include "directory.h"

namespace conntrail::snapshot {

// N of "socket:[N]" (or the old "[0000]:N"), what a descriptor's link in /proc says; empty for anything else.
[[nodiscard]] std::optional<std::uint64_t> socket_inode_of_link(std::string_view link);

// A walk through all processes that can be interrupted between two of them.
class ProcOwners {
 public:
  [[nodiscard]] static Result<ProcOwners> open();

  // Goes on until all processes are done (true) or `stop` says so (false).
  [[nodiscard]] bool run(const std::function<bool()>& stop);

  // Not every process could be seen so far.
  [[nodiscard]] bool lacks_some() const { return unreadable_ > 0 || hides_; }
  [[nodiscard]] OwnerScan result();  // holders by pid, then descriptor; empties this object

 private:
  ProcOwners(Directory processes, bool hides) : processes_(std::move(processes)), hides_(hides) {}
  void read_process(std::uint32_t pid, const char* name);
  // False, with errno, when the table could not be read; `any` tells whether it had a descriptor.
  bool read_table(std::uint32_t pid, int process, const char* folder, bool& any);
  void describe(int process, std::size_t first);

  Directory processes_;
  bool hides_ = false;  // there may be processes that are not listed
  std::vector<SocketHolder> holders_;
  std::uint64_t unreadable_ = 0;
};

}  // namespace conntrail::snapshot
