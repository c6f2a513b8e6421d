// Owner: the process a connection belongs to, and on what evidence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace conntrail {

// How the owner is known. The order is the order of trust: a later, larger value replaces a smaller one
// (design: "by evidence, best first: connect/listen/close in process context, the file table, the listener").
// What a process did once ranks before the file table only while nothing newer shows who holds the socket:
// a complete look at the file tables that finds other holders disproves it.
enum class OwnerSource : std::uint8_t {
  unknown = 0,
  inherited = 1,  // the listener's owner; not yet shown to be the one that accepted
  fd = 2,         // seen in a process's file table
  accept = 3,     // a process used the accepted socket
  listen = 4,     // the process that called listen()
  connect = 5,    // the process that called connect()
  close = 6,      // the process that closed or shut it down
};

[[nodiscard]] std::string_view owner_source_name(OwnerSource source);

struct Owner {
  // Thread group id in the initial pid namespace; 0 = unknown. With a name beside it (and source
  // `inherited`) it is one of several processes of that program, and which one is open.
  std::uint32_t pid = 0;
  std::uint32_t uid = 0;  // of the process where known, else of the socket; see has_uid
  std::uint64_t cgroup_id = 0;
  std::string comm;  // as the kernel has it, up to 15 bytes; not yet made printable
  OwnerSource source = OwnerSource::unknown;
  bool has_uid = false;

  [[nodiscard]] bool known() const { return pid != 0; }
  [[nodiscard]] bool named() const { return pid != 0 || !comm.empty(); }
  bool operator==(const Owner&) const = default;
};

// One process that holds a socket in its file table.
struct Holder {
  std::uint32_t pid = 0;
  std::int32_t fd = -1;  // the lowest descriptor of that process for the socket
  std::string comm;

  bool operator==(const Holder&) const = default;
};

// How holders are looked for: links in /proc/PID/fd, the BPF iterator over open files, or whichever is
// quicker.
enum class OwnerMethod : std::uint8_t { automatic, proc_fd, task_file };

}  // namespace conntrail
