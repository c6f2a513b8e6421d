// Programs: which process holds a socket, as `netstat -p` says it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "inet_format.h"

namespace conntrail::netstat {

// "PID/name" cut to netstat's 19 bytes. `command_line` is /proc/PID/cmdline: of its first argument the part
// after the last slash counts when it begins with one. Control characters become "?".
[[nodiscard]] std::string program_text(std::string_view pid, std::string_view command_line);

// The inode behind a link in /proc/PID/fd ("socket:[4711]", "[0000]:4711"); 0 when it is no socket.
[[nodiscard]] std::uint64_t socket_inode(std::string_view link);

class Programs {
 public:
  // Reads /proc/PID/fd of every process, in the order of /proc: the first process found with a socket is the
  // one shown. `with_context` also reads each one's SELinux context. Answers a message for stderr when
  // processes could not be read.
  [[nodiscard]] std::string load(bool with_context);

  [[nodiscard]] ProgramText find(std::uint64_t inode) const;

 private:
  struct Process {
    std::string program;
    std::string context;
  };
  struct Holder {
    std::uint64_t inode = 0;
    std::uint32_t process = 0;  // index
  };
  enum class Reading : std::uint8_t { done, denied };
  [[nodiscard]] Reading read_process(const char* pid, bool with_context);

  std::vector<Process> processes_;
  std::vector<Holder> holders_;  // by inode once loaded, one each
};

}  // namespace conntrail::netstat
