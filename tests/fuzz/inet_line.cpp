// Lines of /proc/net/{tcp,udp,udplite,raw}: both readers of them, and netstat's rows.
//
// Witnesses: sscanf() of the C library for what netstat's reader must take from any line; the strict reader
// of snapshots, which may take less but nothing else; lines written as the kernel writes them.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "check.h"
#include "conntrail/snapshot/proc_net_line.h"
#include "fuzz_names.h"
#include "output/console.h"
#include "sockets/inet_format.h"
#include "sockets/inet_socket.h"

namespace conntrail::fuzz {
namespace {

using netstat::InetColumns;
using netstat::InetSocket;
using netstat::InetTable;

// ---- sscanf() as a witness

IpAddress address_by_sscanf(const char* digits, Family family) {
  IpAddress address{family, {}};
  unsigned words[4] = {};
  if (family == Family::inet6) {
    std::sscanf(digits, "%08X%08X%08X%08X", &words[0], &words[1], &words[2], &words[3]);
    std::memcpy(address.bytes.data(), words, 16);
  } else {
    std::sscanf(digits, "%X", &words[0]);
    std::memcpy(address.bytes.data(), words, 4);
  }
  return address;
}

struct Scanned {
  int conversions = 0;
  bool whole = false;  // both addresses of a length that the kernel gives them, or shorter
  InetSocket socket;
};

Scanned by_sscanf(const std::string& line) {
  int slot = 0;
  char local[65] = "";
  char remote[65] = "";
  unsigned long ticks = 0;
  unsigned long retransmits = 0;
  unsigned long send_queue = 0;
  unsigned long receive_queue = 0;
  unsigned long inode = 0;
  InetSocket socket;
  const int done =
      std::sscanf(line.c_str(), "%d: %64[0-9A-Fa-f]:%X %64[0-9A-Fa-f]:%X %X %lX:%lX %X:%lX %lX %d %d %lu",
                  &slot, local, &socket.local_port, remote, &socket.remote_port, &socket.state, &send_queue,
                  &receive_queue, &socket.timer, &ticks, &retransmits, &socket.uid, &socket.timeout, &inode);
  socket.timer_ticks = ticks;
  socket.retransmits = retransmits;
  socket.send_queue = send_queue;
  socket.receive_queue = receive_queue;
  socket.inode = inode;
  const Family family = std::strlen(local) > 8 ? Family::inet6 : Family::inet;
  socket.local = address_by_sscanf(local, family);
  socket.remote = address_by_sscanf(remote, family);
  const std::size_t longest = std::max(std::strlen(local), std::strlen(remote));
  const std::size_t shortest = std::min(std::strlen(local), std::strlen(remote));
  return {done, longest <= 8 || (longest == 32 && shortest == 32), socket};
}

// ---- the kernel's own format (net/ipv4/tcp_ipv4.c, net/ipv6/tcp_ipv6.c)

std::string kernel_address(const IpAddress& address) {
  std::string text;
  for (std::size_t i = 0; i < (address.family == Family::inet6 ? 4U : 1U); ++i) {
    unsigned word = 0;
    std::memcpy(&word, address.bytes.data() + 4 * i, sizeof word);
    char digits[9];
    std::snprintf(digits, sizeof digits, "%08X", word);
    text += digits;
  }
  return text;
}

struct KernelLine {
  std::string text;
  std::size_t inode_at = 0;
};

KernelLine kernel_line(const InetSocket& socket) {
  char text[256];
  const int inode_at = std::snprintf(
      text, sizeof text, "%4d: %s:%04X %s:%04X %02X %08lX:%08lX %02X:%08lX %08lX %5d %8d ", 3,
      kernel_address(socket.local).c_str(), socket.local_port, kernel_address(socket.remote).c_str(),
      socket.remote_port, socket.state, static_cast<unsigned long>(socket.send_queue),
      static_cast<unsigned long>(socket.receive_queue), socket.timer,
      static_cast<unsigned long>(socket.timer_ticks), static_cast<unsigned long>(socket.retransmits),
      socket.uid, socket.timeout);
  const auto at = static_cast<std::size_t>(inode_at);
  return {std::string(text, at) + std::to_string(socket.inode) + " 1 0000000000000000 20 4 30 10 -1\n", at};
}

// ---- what is checked

std::optional<InetSocket> check_lenient_reader(const std::string& line, InetTable table) {
  const int required = table == InetTable::tcp ? 11 : 10;
  const auto socket = netstat::parse_inet_line(line, required);
  if (line.find('\0') == std::string::npos) {
    const Scanned expected = by_sscanf(line);
    require(socket.has_value() == (expected.whole && expected.conversions >= required),
            "a line is taken where sscanf() would not, or the other way round", line);
    require(!socket || *socket == expected.socket, "values differ from those of sscanf()", line);
  }
  if (socket) {
    const std::string again = kernel_line(*socket).text;
    require(netstat::parse_inet_line(again, required) == socket, "a row written again", again);
  }
  return socket;
}

void check_strict_reader(const std::string& line, Protocol protocol, Family family) {
  SocketRow row;
  if (!snapshot::parse_proc_net_line(line, protocol, family, 1, row)) return;
  const InetSocket strict = netstat::inet_socket_from(row);
  const auto lenient = netstat::parse_inet_line(line, 14);
  require(lenient.has_value(), "only the strict reader takes the line", line);
  // Its states are those with a name.
  InetSocket expected = *lenient;
  expected.state = static_cast<std::uint32_t>(tcp_state_from_kernel(expected.state));
  require(strict == expected, "the two readers differ", line);

  const KernelLine again = kernel_line(strict);
  SocketRow row_again;
  require(snapshot::parse_proc_net_line(again.text, protocol, family, 1, row_again), "a row written again",
          again.text);
  require(netstat::inet_socket_from(row_again) == strict, "a row written again has other values", again.text);
  for (std::size_t length = 0; length <= again.inode_at; ++length) {
    SocketRow cut;
    require(!snapshot::parse_proc_net_line(std::string_view(again.text).substr(0, length), protocol, family,
                                           1, cut),
            "a line without its inode is taken", again.text);
  }
}

void check_row(const InetSocket& socket, InetTable table, Choices& choices) {
  InetColumns columns;
  const bool numeric = choices.flag();
  columns.addresses = {.numeric_hosts = numeric, .numeric_ports = numeric, .wide = choices.flag()};
  columns.users = columns.timers = columns.programs = columns.context = choices.flag();
  columns.ticks_per_second = choices.flag() ? 100 : 1000;
  FuzzNames names(choices.flag());
  // Of just the room a row has, so that the sanitizer sees a longer one.
  std::vector<char> space(netstat::Console::kRowSpace);
  const char* end = netstat::put_inet_row(space.data(), table, socket, columns, {}, names);
  const std::string_view row(space.data(), static_cast<std::size_t>(end - space.data()));
  constexpr std::size_t kTitleLength = 79;
  require(row.size() >= kTitleLength && row.find('\n') == row.size() - 1, "not one line", row);
  require(is_safe_for_terminal(row), "control characters in a row", row);
  // Without -W an address keeps to its column.
  constexpr std::size_t kProtocolAndQueues = 20;
  const bool queues_fit = socket.receive_queue <= 999'999 && socket.send_queue <= 999'999;
  if (queues_fit && !columns.addresses.wide) {
    require(row[kProtocolAndQueues - 1] == ' ' && row[kProtocolAndQueues + 23] == ' ' &&
                row[kProtocolAndQueues + 47] == ' ',
            "an address leaves its column", row);
  }
}

}  // namespace
}  // namespace conntrail::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace conntrail::fuzz;
  if (size == 0) return 0;
  Choices choices(data[0]);
  const auto table = static_cast<conntrail::netstat::InetTable>(choices.number(4));
  const std::string line(text_of(data + 1, size - 1));
  if (const auto socket = check_lenient_reader(line, table)) check_row(*socket, table, choices);
  for (const auto protocol : {conntrail::Protocol::tcp, conntrail::Protocol::udp}) {
    for (const auto family : {conntrail::Family::inet, conntrail::Family::inet6}) {
      check_strict_reader(line, protocol, family);
    }
  }
  return 0;
}
