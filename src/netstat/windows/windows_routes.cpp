#include "windows/windows_routes.h"

#include <linux/route.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "conntrail/base/text.h"
#include "output/translation.h"
#include "sockets/table_file.h"
#include "statistics/statistics_file.h"
#include "windows/windows_columns.h"

namespace conntrail::netstat::windows {

namespace {

constexpr std::string_view kRule =
    "===========================================================================\n";
constexpr std::size_t kRouteAddressWidth = 17;
constexpr std::size_t kMetricWidth = 7;
constexpr std::size_t kIndexWidth = 3;
constexpr std::size_t kDestinationWidth = 24;

std::string_view on_link() { return translated("On-link"); }
std::string_view rejected() { return translated("Rejected"); }

bool is_rejected(std::uint32_t flags) { return (flags & RTF_REJECT) != 0; }
bool is_up(std::uint32_t flags) { return (flags & RTF_UP) != 0; }

const InterfaceIdentity* find(const InterfaceList& interfaces, std::string_view name) {
  const auto found = interfaces.find(name);
  return found == interfaces.end() ? nullptr : &found->second;
}

// The interface by its address, as in Windows; an interface without an address by its name.
std::string interface_text(const InterfaceList& interfaces, std::string_view name) {
  if (name == "*") return "-";
  const InterfaceIdentity* interface = find(interfaces, name);
  return interface == nullptr || interface->inet_address.empty() ? printable(name) : interface->inet_address;
}

}  // namespace

// The hardware address is followed by dots up to the name; without one there are only dots.
void append_windows_interface(std::string& out, const InterfaceIdentity& interface) {
  static constexpr std::size_t kField = 24;
  static constexpr std::string_view kDigits = "0123456789abcdef";
  append_right(out, std::to_string(interface.index), kIndexWidth);
  out += "...";
  std::string field;
  const auto& address = interface.hardware_address;
  if (!interface.loopback && std::ranges::any_of(address, [](std::uint8_t byte) { return byte != 0; })) {
    for (const std::uint8_t byte : address) {
      field += kDigits[byte >> 4U];
      field += kDigits[byte & 0xfU];
      field += ' ';
    }
  }
  if (field.size() < kField) field.append(kField - field.size(), '.');
  out.append(field).append(printable(interface.name)).append("\n");
}

void append_windows_route(std::string& out, const InetRoute& route, const InterfaceList& interfaces) {
  append_right(out, to_string(route.destination), kRouteAddressWidth);
  append_right(out, to_string(route.mask), kRouteAddressWidth);
  if (is_rejected(route.flags) || route.gateway.is_any()) {
    append_right(out, is_rejected(route.flags) ? rejected() : on_link(), kRouteAddressWidth - 1);
    out += ' ';
  } else {
    append_right(out, to_string(route.gateway), kRouteAddressWidth);
  }
  append_right(out, interface_text(interfaces, route.interface), kRouteAddressWidth);
  append_right(out, std::to_string(route.metric), kMetricWidth);
  out += '\n';
}

void append_windows_route6(std::string& out, const Inet6Route& route, const InterfaceList& interfaces) {
  const InterfaceIdentity* interface = find(interfaces, route.interface);
  append_right(out, interface == nullptr ? "-" : std::to_string(interface->index), kIndexWidth);
  append_right(out, std::to_string(route.metric), kMetricWidth);
  out += ' ';
  std::string destination = to_string(route.destination) + "/" + std::to_string(route.prefix_length);
  if (destination.size() > kDestinationWidth) {
    // A long one has the line for itself.
    destination.append("\n").append(kIndexWidth + kMetricWidth + 1 + kDestinationWidth, ' ');
  } else {
    destination.append(kDestinationWidth - destination.size(), ' ');
  }
  out.append(destination).append(" ");
  if (is_rejected(route.flags)) {
    out += rejected();
  } else {
    out += route.gateway.is_any() ? std::string(on_link()) : to_string(route.gateway);
  }
  out += '\n';
}

namespace {

void append_table_end(std::string& out, bool empty) {
  const std::string_view none = translated("  None\n");
  if (empty) out += none;
  out.append(kRule).append(translated("Persistent Routes:\n")).append(none);
}

// Each line of the file that `append` takes for a route.
template <class Append>
bool append_table(std::string& out, Console& console, const char* path, const Append& append) {
  const auto file = read_counter_file(path);
  // Absent where the kernel does not have the family: no routes then.
  const int error = file ? file->read_error : file.error();
  if (error != 0 && error != ENOENT) {
    tell_error(console, path, error);
    return false;
  }
  bool empty = true;
  std::string_view rest = file ? std::string_view(file->text) : std::string_view();
  while (!rest.empty()) {
    if (append(take_line(rest))) empty = false;
  }
  append_table_end(out, empty);
  return true;
}

}  // namespace

int print_windows_routes(Console& console) {
  const InterfaceList interfaces = list_interfaces();
  std::vector<const InterfaceIdentity*> by_index;
  for (const auto& [name, interface] : interfaces) by_index.push_back(&interface);
  std::ranges::sort(by_index, {}, &InterfaceIdentity::index);

  std::string out(kRule);
  out += translated("Interface List\n");
  for (const InterfaceIdentity* interface : by_index) append_windows_interface(out, *interface);
  out.append(kRule).append(translated("\nIPv4 Route Table\n"));
  out.append(kRule).append(translated("Active Routes:\n"));
  std::string rows;
  bool complete = append_table(rows, console, "/proc/net/route", [&](std::string_view line) {
    const auto route = parse_inet_route(line);
    if (!route || !is_up(route->flags)) return false;
    if (rows.empty()) {
      rows += translated("Network Destination        Netmask          Gateway       Interface  Metric\n");
    }
    append_windows_route(rows, *route, interfaces);
    return true;
  });
  out.append(rows).append(translated("\nIPv6 Route Table\n"));
  out.append(kRule).append(translated("Active Routes:\n"));
  rows.clear();
  complete &= append_table(rows, console, "/proc/net/ipv6_route", [&](std::string_view line) {
    const auto route = parse_inet6_route(line);
    if (!route || !is_up(route->flags)) return false;
    if (rows.empty()) rows += translated(" If Metric Network Destination      Gateway\n");
    append_windows_route6(rows, *route, interfaces);
    return true;
  });
  out += rows;
  console.text(out);
  return complete ? 0 : 1;
}

}  // namespace conntrail::netstat::windows
