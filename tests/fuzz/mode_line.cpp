// Lines behind the modes that are not of sockets, one at a time: interfaces, the routes of netstat --windows,
// and connection tracking. What is taken is written again as the kernel writes it and must
// give the same values.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <string>

#include "check.h"
#include "conntrack_checks.h"
#include "interfaces/interface_addresses.h"
#include "interfaces/interface_counters.h"
#include "windows/windows_interfaces.h"
#include "windows/windows_routes.h"

namespace conntrail::fuzz {
namespace {

namespace windows = netstat::windows;

constexpr std::size_t kColumns = 16;
using Columns = std::array<std::uint64_t, kColumns>;

std::string hex(const std::uint8_t* bytes, std::size_t count) {
  std::string digits;
  for (std::size_t i = 0; i < count; ++i) {
    char text[3];
    std::snprintf(text, sizeof text, "%02x", bytes[i]);
    digits += text;
  }
  return digits;
}

void require_one_line(const std::string& row, std::size_t lines = 1) {
  require(row.ends_with('\n') && static_cast<std::size_t>(std::ranges::count(row, '\n')) == lines,
          "not the lines of a row", row);
  require(is_safe_for_terminal(row), "control characters in a row", row);
}

// ---- /proc/net/dev

Columns columns_of(const netstat::InterfaceCounters& c) {
  return {c.received.bytes,    c.received.packets, c.received.errors,     c.received.dropped,
          c.received.overruns, c.frame_errors,     c.received.compressed, c.multicast,
          c.sent.bytes,        c.sent.packets,     c.sent.errors,         c.sent.dropped,
          c.sent.overruns,     c.collisions,       c.carrier_errors,      c.sent.compressed};
}

std::string kernel_counters(std::string_view name, const Columns& columns) {
  std::string line(name);
  if (line.size() < 6) line.insert(0, 6 - line.size(), ' ');
  line += ":";
  for (const std::uint64_t column : columns) line += " " + std::to_string(column);
  return line + "\n";
}

// As far as sscanf() takes them; those behind keep 0.
Columns columns_by_sscanf(std::string_view fields, std::size_t& taken) {
  const std::string text(fields);
  Columns columns{};
  taken = 0;
  for (int at = 0; taken < kColumns; ++taken) {
    int length = 0;
    unsigned long value = 0;
    if (std::sscanf(text.c_str() + at, "%lu%n", &value, &length) != 1) break;
    columns[taken] = value;
    at += length;
  }
  return columns;
}

void check_counters(const std::string& line) {
  const netstat::CounterLine parts = netstat::split_counter_line(line);
  require(parts.name.size() <= 15, "a name longer than the kernel's", line);
  netstat::InterfaceCounters counters;
  netstat::take_counters(parts.fields, netstat::CounterLayout::with_compressed, counters);
  const Columns columns = columns_of(counters);
  std::size_t taken = 0;
  const Columns expected = columns_by_sscanf(parts.fields, taken);
  const bool text = line.find('\0') == std::string::npos;
  require(!text || columns == expected, "values differ from those of sscanf()", line);

  const std::string again = kernel_counters(parts.name, columns);
  const netstat::CounterLine parts_again = netstat::split_counter_line(again);
  netstat::InterfaceCounters counters_again;
  netstat::take_counters(parts_again.fields, netstat::CounterLayout::with_compressed, counters_again);
  require(parts_again.name == parts.name && counters_again == counters, "a line written again", again);

  // The older layouts have fewer columns of the same.
  for (const auto layout : {netstat::CounterLayout::packets_only, netstat::CounterLayout::with_bytes}) {
    netstat::InterfaceCounters older;
    netstat::take_counters(parts.fields, layout, older);
    require(older.received.compressed == 0 && older.sent.compressed == 0 && older.multicast == 0,
            "a column that the layout has not", line);
    const std::uint64_t first =
        layout == netstat::CounterLayout::with_bytes ? older.received.bytes : older.received.packets;
    require(first == columns[0], "the first column", line);
  }

  // The other reader of the same file takes the same where the line is whole.
  const auto other = windows::parse_interface_counters(line);
  if (!text || std::ranges::count(line, ':') != 1 || parts.fields.empty()) return;
  // A name with blanks is no interface's: netstat shows it, the Windows totals leave it out.
  const bool named = !parts.name.empty() && parts.name.data()[parts.name.size()] == ':' &&
                     parts.name.find_first_of(" \t\v\f\r") == std::string_view::npos;
  require(other.has_value() || !named || taken < kColumns, "only one of two readers takes a line", line);
  if (!other) return;
  require(taken == kColumns && other->name == parts.name, "only one of two readers takes a line", line);
  require(other->received.bytes == columns[0] && other->received.discards == columns[3] &&
              other->sent.bytes == columns[8] && other->multicast_received == columns[7],
          "two readers of the same line", line);
}

void check_windows_counters(const std::string& line) {
  const auto counters = windows::parse_interface_counters(line);
  if (!counters) return;
  const windows::InterfaceTraffic& in = counters->received;
  const windows::InterfaceTraffic& out = counters->sent;
  const Columns columns{
      in.bytes,  in.packets,  in.errors,  in.discards,  0, 0, 0, counters->multicast_received,
      out.bytes, out.packets, out.errors, out.discards, 0, 0, 0, 0};
  const std::string again = kernel_counters(counters->name, columns);
  const auto found = windows::parse_interface_counters(again);
  require(found && found->name == counters->name && found->received.packets == in.packets &&
              found->received.errors == in.errors && found->sent.packets == out.packets &&
              found->sent.errors == out.errors && found->sent.discards == out.discards,
          "a line written again", again);

  windows::InterfaceTotals totals;
  windows::add_interface(totals, *counters);
  windows::add_interface(totals, *counters);  // what is too much wraps around and ends there
  std::string table;
  windows::append_windows_interface_statistics(table, totals);
  require_one_line(table, 10);
}

// ---- /proc/net/if_inet6

void check_address6(const std::string& line) {
  const auto address = netstat::parse_interface_address6(line);
  if (!address) return;
  char numbers[64];
  std::snprintf(numbers, sizeof numbers, " 01 %02x %02x 80 ", address->prefix_length, address->scope);
  std::string name = address->interface;
  if (name.size() < 8) name.insert(0, 8 - name.size(), ' ');
  const std::string again =
      hex(address->address.bytes.data(), address->address.bytes.size()) + numbers + name + "\n";
  const auto found = netstat::parse_interface_address6(again);
  require(found && found->address == address->address && found->prefix_length == address->prefix_length &&
              found->scope == address->scope && found->interface == address->interface,
          "an address written again", again);
  require(!netstat::parse_interface_address6(again.substr(0, again.size() - 1 - name.size())), "a cut line",
          again);
  const std::string scope = netstat::scope_names(address->scope);
  require(scope.empty() || (scope.starts_with('<') && scope.ends_with('>')), "the scope's names", scope);
}

// ---- /proc/net/route and ipv6_route, as netstat --windows reads them

void check_route(const std::string& line) {
  const auto route = windows::parse_inet_route(line);
  if (line.find('\0') == std::string::npos) {
    char name[8192];
    unsigned destination = 0;
    unsigned gateway = 0;
    unsigned mask = 0;
    unsigned flags = 0;
    int metric = 0;
    const int taken = std::sscanf(line.c_str(), "%8191s %X %X %X %*d %*d %d %X", name, &destination, &gateway,
                                  &flags, &metric, &mask);
    require(route.has_value() == (taken == 6),
            "a line is taken where sscanf() would not, or the other way round", line);
    const auto same = [](const IpAddress& address, unsigned word) {
      return std::memcmp(address.bytes.data(), &word, sizeof word) == 0;
    };
    require(!route || (same(route->destination, destination) && same(route->gateway, gateway) &&
                       same(route->mask, mask) && route->flags == flags &&
                       route->metric == static_cast<unsigned>(metric) && route->interface == name),
            "values differ from those of sscanf()", line);
  }
  if (!route) return;
  std::string row;
  windows::append_windows_route(row, *route, {});
  require_one_line(row);
}

void check_route6(const std::string& line) {
  const auto route = windows::parse_inet6_route(line);
  if (!route) return;
  require(route->prefix_length <= 128, "a prefix longer than an address", line);
  std::string row;
  windows::append_windows_route6(row, *route, {});
  require_one_line(row, static_cast<std::size_t>(std::ranges::count(row, '\n')) == 1 ? 1 : 2);

  char numbers[64];
  const std::string none(32, '0');
  std::snprintf(numbers, sizeof numbers, " %08x 00000001 00000000 %08x ", route->metric, route->flags);
  char prefix[16];
  std::snprintf(prefix, sizeof prefix, " %02x ", route->prefix_length);
  const std::string start = hex(route->destination.bytes.data(), 16) + prefix + none + " 00 " +
                            hex(route->gateway.bytes.data(), 16) + numbers;
  const std::string again = start + std::string(route->interface) + "\n";
  const auto found = windows::parse_inet6_route(again);
  require(found.has_value() && !windows::parse_inet6_route(start), "a route written again, or a cut one",
          start);
  require(found->destination == route->destination && found->gateway == route->gateway &&
              found->prefix_length == route->prefix_length && found->metric == route->metric &&
              found->flags == route->flags && found->interface == route->interface,
          "a route written again has other values", start);
}

}  // namespace
}  // namespace conntrail::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace conntrail::fuzz;
  if (size == 0) return 0;
  Choices choices(data[0]);
  const std::string line(text_of(data + 1, size - 1));
  switch (choices.number(6)) {
    case 0:
      check_counters(line);
      break;
    case 1:
      check_windows_counters(line);
      break;
    case 2:
      check_address6(line);
      break;
    case 3:
      check_route(line);
      break;
    case 4:
      check_route6(line);
      break;
    default:
      check_conntrack_line(line, choices);
      break;
  }
  return 0;
}
