// Rows of netstat's UNIX domain table: from a line of /proc/net/unix to bytes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sockets/inet_format.h"

namespace conntrail::netstat {

// UnixSocket::flags and one of its states: include/uapi/linux/net.h.
inline constexpr std::uint64_t kAcceptsConnections = 1U << 16U;
inline constexpr std::uint64_t kWaitsForData = 1U << 17U;
inline constexpr std::uint64_t kNoSpace = 1U << 18U;
inline constexpr std::uint32_t kUnconnected = 1;

struct UnixSocket {
  std::uint64_t references = 0;
  std::uint64_t protocol = 0;
  std::uint64_t flags = 0;
  std::uint32_t type = 0;
  std::uint32_t state = 0;
  std::uint64_t inode = 0;
  std::string_view path;  // of the line; whole, also when it has blanks
};

// Empty: a bogus line.
[[nodiscard]] std::optional<UnixSocket> parse_unix_line(std::string_view line);

// A listener is a server, anything else is not.
[[nodiscard]] bool is_shown(const UnixSocket& socket, bool all, bool listening);

struct UnixColumns {
  bool programs = false;
  bool context = false;
  bool has_inode = true;  // the file's title has it (since Linux 2.2)
};

[[nodiscard]] std::string unix_title(bool all, bool listening, const UnixColumns& columns);
// What the row ends in: the path.
[[nodiscard]] std::string unix_path_text(const UnixSocket& socket, const UnixColumns& columns);
void append_unix_row(std::string& out, const UnixSocket& socket, const UnixColumns& columns,
                     const ProgramText& program);

}  // namespace conntrail::netstat
