#include "windows/windows_interfaces.h"

#include <algorithm>
#include <array>

#include "conntrail/base/text.h"
#include "output/translation.h"
#include "proc/line_scanner.h"
#include "sockets/table_file.h"
#include "statistics/statistics_file.h"
#include "windows/windows_columns.h"
#include "windows/windows_statistics.h"

namespace conntrail::netstat::windows {

namespace {

constexpr std::size_t kLabelWidth = 20;
constexpr std::size_t kReceivedWidth = 15;
constexpr std::size_t kSentWidth = 16;

// Without a number of those sent, the column is empty.
void append_line(std::string& out, std::string_view label, std::optional<std::uint64_t> received,
                 std::optional<std::uint64_t> sent) {
  append_left(out, label, kLabelWidth);
  append_right(out, received ? std::to_string(*received) : "-", kReceivedWidth);
  if (sent) append_right(out, std::to_string(*sent), kSentWidth);
  out += '\n';
}

void add_traffic(InterfaceTraffic& total, const InterfaceTraffic& more) {
  total.bytes += more.bytes;
  total.packets += more.packets;
  total.errors += more.errors;
  total.discards += more.discards;
}

}  // namespace

std::optional<InterfaceCounters> parse_interface_counters(std::string_view line) {
  // bytes packets errs drop fifo frame compressed multicast | bytes packets errs drop fifo colls carrier
  // compressed
  static constexpr std::size_t kColumns = 16;
  const std::size_t colon = line.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  InterfaceCounters counters;
  LineScanner name(line.substr(0, colon));
  if (!name.word(counters.name)) return std::nullopt;
  if (!name.rest().empty()) return std::nullopt;  // no interface has blanks in or behind its name
  LineScanner scanner(line.substr(colon + 1));
  std::array<std::uint64_t, kColumns> column{};
  for (std::uint64_t& value : column) {
    if (!scanner.decimal(value)) return std::nullopt;
  }
  counters.received = {column[0], column[1], column[2], column[3]};
  counters.multicast_received = column[7];
  counters.sent = {column[8], column[9], column[10], column[11]};
  return counters;
}

void add_interface(InterfaceTotals& totals, const InterfaceCounters& counters) {
  add_traffic(totals.received, counters.received);
  add_traffic(totals.sent, counters.sent);
  totals.multicast_received += counters.multicast_received;
}

void append_windows_interface_statistics(std::string& out, const InterfaceTotals& totals) {
  out += translated("Interface Statistics\n");
  out += translated("\n                           Received            Sent\n");
  out += '\n';
  const std::uint64_t multicast = std::min(totals.multicast_received, totals.received.packets);
  append_line(out, translated("Bytes"), totals.received.bytes, totals.sent.bytes);
  // Linux does not count multicast and broadcast packets that an interface sends.
  append_line(out, translated("Unicast packets"), totals.received.packets - multicast, totals.sent.packets);
  append_line(out, translated("Non-unicast packets"), multicast, std::nullopt);
  append_line(out, translated("Discards"), totals.received.discards, totals.sent.discards);
  append_line(out, translated("Errors"), totals.received.errors, totals.sent.errors);
  append_line(out, translated("Unknown protocols"), totals.unknown_protocols, std::nullopt);
}

int print_windows_interface_statistics(Console& console) {
  static constexpr const char* kPath = "/proc/net/dev";
  const auto file = read_counter_file(kPath);
  if (!file || file->read_error != 0) {
    tell_error(console, kPath, file ? file->read_error : file.error());
    return 1;
  }
  const InterfaceList interfaces = list_interfaces();
  InterfaceTotals totals;
  std::string_view rest = file->text;
  while (!rest.empty()) {
    const auto counters = parse_interface_counters(take_line(rest));
    if (!counters) continue;
    const auto found = interfaces.find(counters->name);
    if (found == interfaces.end() || !found->second.loopback) add_interface(totals, *counters);
  }
  const KernelCounters counters = read_kernel_counters(console);
  const auto v4 = counters.find("Ip.InUnknownProtos");
  const auto v6 = counters.find("Ip6InUnknownProtos");
  if (v4 || v6) totals.unknown_protocols = v4.value_or(0) + v6.value_or(0);
  std::string out;
  append_windows_interface_statistics(out, totals);
  console.text(out);
  return 0;
}

}  // namespace conntrail::netstat::windows
