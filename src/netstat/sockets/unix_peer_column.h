// -ee -x: the other ends of UNIX sockets.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "sockets/inet_format.h"

namespace conntrail::netstat {

class UnixPeers {
 public:
  // Reads them anew. A message for stderr when that is not possible, and every socket is without peer then,
  // or when some may be missing.
  [[nodiscard]] std::string load();
  // The inode of the socket's peer; 0 without.
  [[nodiscard]] std::uint64_t find(std::uint64_t inode) const;

 private:
  std::unordered_map<std::uint64_t, std::uint64_t> peers_;
};

// The columns stand behind those of netstat: path, peer's inode, peer's program. A row is that of netstat
// with its newline.
void append_peer_title(std::string& title);
void append_peer_columns(std::string& row, std::size_t path_start, std::uint64_t peer,
                         const ProgramText& program);

}  // namespace conntrail::netstat
