// Programs: which process holds a socket, as `netstat -p` says it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/netstat/netstat.h"
#include "sockets/holdings.h"
#include "sockets/inet_format.h"

namespace conntrail::netstat {

// "PID/name", cut to netstat's 19 bytes unless the whole is wanted. Control characters become "?".
[[nodiscard]] std::string program_text(std::string_view pid, std::string_view name, bool whole);

class Programs {
 public:
  struct Wanted {
    bool context = false;      // each one's SELinux context too
    bool all_holders = false;  // -pp: `find` names every holder of a socket, whole, with commas between
  };

  // Finds the sockets of every process: the first process in the order of /proc is the one shown. Answers a
  // message for stderr when processes could not be read.
  [[nodiscard]] std::string load(const Wanted& wanted, OwnerMethod method = OwnerMethod::automatic);

  // Asked about sockets that nobody holds (--history).
  void remember(RecordedOwners owners) { recorded_ = std::move(owners); }

  // Valid until the next call. `cookie`: of a TCP socket, 0 where it is not known.
  [[nodiscard]] ProgramText find(std::uint64_t inode, std::uint64_t cookie = 0) const;
  [[nodiscard]] std::optional<RecordedOwner> recorded(std::uint64_t cookie) const {
    return recorded_ && cookie != 0 ? recorded_(cookie) : std::nullopt;
  }

  // Who holds it, in the order of /proc.
  [[nodiscard]] std::span<const Holding> holders(std::uint64_t inode) const;
  [[nodiscard]] const Process& process(const Holding& holding) const {
    return found_.processes[holding.process];
  }

 private:
  bool all_holders_ = false;
  Holdings found_;
  std::vector<std::string> texts_;  // by process, as -p shows it
  RecordedOwners recorded_;
  mutable std::string joined_;  // the last answer of -pp, or of the recorder
};

}  // namespace conntrail::netstat
