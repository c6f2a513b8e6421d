// The option set of netstat --windows: that of Windows' own netstat, in Windows' spelling.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace conntrail::netstat::windows {

// In the order in which Windows shows their statistics.
enum class WindowsProtocol : std::uint8_t { ip, ipv6, icmp, icmpv6, tcp, tcpv6, udp, udpv6 };

struct WindowsOptions {
  bool all = false;
  bool executables = false;
  bool interfaces = false;
  bool full_names = false;
  bool numeric = false;
  bool process_ids = false;
  bool routes = false;
  bool statistics = false;
  bool paths = false;  // of executables, not their names alone
  std::optional<WindowsProtocol> protocol;
  std::optional<std::uint32_t> interval_s;  // show it again and again

  [[nodiscard]] bool shows(WindowsProtocol wanted) const { return !protocol || *protocol == wanted; }
  bool operator==(const WindowsOptions&) const = default;
};

struct WindowsCommandLine {
  std::optional<WindowsOptions> options;  // empty: print the help and exit
  int exit_code = 0;
  std::string complaint;  // for stderr
};

// `words`: what stands behind --windows. Options begin with "-" or "/", in any case, and may be joined.
[[nodiscard]] WindowsCommandLine parse_windows_command_line(std::span<char* const> words);

// In any case; empty: there is none of that name.
[[nodiscard]] std::optional<WindowsProtocol> parse_windows_protocol(std::string_view word);

[[nodiscard]] std::string_view windows_help();

}  // namespace conntrail::netstat::windows
