// "Active Connections" as Windows' netstat prints them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "conntrail/model/socket_row.h"
#include "names/names.h"
#include "output/console.h"
#include "windows/windows_options.h"

namespace conntrail::netstat::windows {

// As Windows spells it: LISTENING, SYN_RECEIVED, FIN_WAIT_1, …
[[nodiscard]] std::string_view windows_state_name(TcpState state);

// The one among a socket's protocols that Windows would list it under: an IPv4 connection of an IPv6 socket
// is an IPv4 one.
[[nodiscard]] WindowsProtocol windows_protocol_of(const SocketRow& row);

// "10.0.0.1:80", "[::1]:80", "[fe80::1%2]:80"; `zone`: index of the interface a socket is bound to, or 0.
[[nodiscard]] std::string windows_endpoint(const Endpoint& endpoint, std::uint32_t zone);

// One line, as the columns of the table want it.
struct WindowsRow {
  std::string_view protocol;  // "TCP" or "UDP"
  std::string local;
  std::string foreign;
  std::string_view state;  // empty for UDP
  std::uint32_t pid = 0;   // 0: nobody's
};
void append_windows_row(std::string& out, const WindowsRow& row, bool with_pid);

// The title and the column titles.
void append_windows_title(std::string& out, bool with_pid);

// Reads and prints the whole block. The answer is netstat's exit code.
[[nodiscard]] int print_windows_connections(const WindowsOptions& options, Names& names, Console& console);

}  // namespace conntrail::netstat::windows
