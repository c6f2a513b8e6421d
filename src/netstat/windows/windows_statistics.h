// netstat --windows -s: the kernel's counters under Windows' titles.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "output/console.h"
#include "windows/windows_options.h"

namespace conntrail::netstat::windows {

// Counters by section and name: "Ip.InReceives", "Ip6InReceives".
class KernelCounters {
 public:
  // /proc/net/snmp and /proc/net/snmp6. Lines that are damaged give no counters.
  void add_groups(std::string_view text);
  void add_lines6(std::string_view text);

  [[nodiscard]] bool has_section(std::string_view prefix) const;
  // Empty: this kernel does not count it.
  [[nodiscard]] std::optional<std::uint64_t> find(std::string_view name) const;

 private:
  std::map<std::string, std::uint64_t, std::less<>> values_;
};

// Reads both files; a file that cannot be read is reported on stderr, except on a kernel without IPv6.
[[nodiscard]] KernelCounters read_kernel_counters(Console& console);

// One protocol's section, with the blank line before its title.
void append_windows_statistics(std::string& out, WindowsProtocol protocol, const KernelCounters& counters);

// All that the options ask for. The answer is netstat's exit code.
[[nodiscard]] int print_windows_statistics(const WindowsOptions& options, Console& console);

}  // namespace conntrail::netstat::windows
