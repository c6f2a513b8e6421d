// Interfaces for netstat --windows: the totals of -e, and who they are for -r.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output/console.h"

namespace conntrail::netstat::windows {

struct InterfaceTraffic {
  std::uint64_t bytes = 0;
  std::uint64_t packets = 0;
  std::uint64_t errors = 0;
  std::uint64_t discards = 0;
};

struct InterfaceCounters {
  std::string_view name;
  InterfaceTraffic received;
  InterfaceTraffic sent;
  std::uint64_t multicast_received = 0;
};

// A line of /proc/net/dev. Empty: a title, or damaged.
[[nodiscard]] std::optional<InterfaceCounters> parse_interface_counters(std::string_view line);

struct InterfaceIdentity {
  std::uint32_t index = 0;
  std::string name;
  std::vector<std::uint8_t> hardware_address;
  bool loopback = false;
  std::string inet_address;  // the first; empty: it has none
};
using InterfaceList = std::map<std::string, InterfaceIdentity, std::less<>>;  // by name

[[nodiscard]] InterfaceList list_interfaces();

// Sums of all interfaces but the loopback.
struct InterfaceTotals {
  InterfaceTraffic received;
  InterfaceTraffic sent;
  std::uint64_t multicast_received = 0;
  std::optional<std::uint64_t> unknown_protocols;
};
void add_interface(InterfaceTotals& totals, const InterfaceCounters& counters);
void append_windows_interface_statistics(std::string& out, const InterfaceTotals& totals);

// -e. The answer is netstat's exit code.
[[nodiscard]] int print_windows_interface_statistics(Console& console);

}  // namespace conntrail::netstat::windows
