// Rows of netstat's Internet tables as bytes. Pure: a row in, text out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "names/address_text.h"
#include "names/names.h"
#include "sockets/inet_socket.h"

namespace conntrail::netstat {

enum class InetTable : std::uint8_t { tcp, udp, udplite, raw };

// Which columns a row has.
struct InetColumns {
  AddressStyle addresses;
  bool users = false;  // -e
  bool numeric_users = false;
  bool programs = false;                // -p
  bool context = false;                 // -Z
  bool timers = false;                  // -o
  std::int64_t ticks_per_second = 100;  // sysconf(_SC_CLK_TCK)
};

// The process side of a row: "PID/name" and the SELinux context, "-" where unknown.
struct ProgramText {
  std::string_view program = "-";
  std::string_view context = "-";
};

// Lengths that keep a row within Console::kRowSpace.
inline constexpr std::size_t kLongestUser = 255;

// Titles of all Internet tables: two lines.
[[nodiscard]] std::string inet_title(bool all, bool listening, const InetColumns& columns);

// "(servers and established)", "(only servers)" or "(w/o servers)".
[[nodiscard]] std::string_view title_suffix(bool all, bool listening);

// Titles of the columns of -p and -Z, each behind a blank.
void append_program_titles(std::string& title, bool programs, bool context);

// The row belongs to the table that was asked for: for TCP by its remote port, for the others by its remote
// address.
[[nodiscard]] bool is_shown(InetTable table, const InetSocket& socket, bool all, bool listening);

// One row with its newline, at `to` (Console::kRowSpace bytes); answers its end.
[[nodiscard]] char* put_inet_row(char* to, InetTable table, const InetSocket& socket,
                                 const InetColumns& columns, const ProgramText& program, Names& names);

// The end of the rows of every Internet table: user, inode, program, context, timer, newline. Needs
// kTailSpace bytes.
inline constexpr std::size_t kTailSpace = 1024;
[[nodiscard]] char* put_inet_tail(char* to, std::int32_t uid, std::uint64_t inode, const InetColumns& columns,
                                  const ProgramText& program, std::string_view timer, Names& names);

}  // namespace conntrail::netstat
