#include "sockets/inet_socket.h"

#include <cstring>

#include "proc/line_scanner.h"

namespace conntrail::netstat {

namespace {

// The kernel prints an address as 32-bit words of memory, each as a number of the host: storing the number
// back restores the bytes. Up to eight digits are one word, as sscanf's %X takes them; more are %08X words.
IpAddress address_from_words(std::string_view digits, Family family) {
  IpAddress address{family, {}};
  const bool v6 = family == Family::inet6;
  const std::size_t words = v6 ? 4 : 1;
  for (std::size_t i = 0; i < words; ++i) {
    if (digits.size() <= i * 8) break;
    LineScanner scanner(digits.substr(i * 8, v6 ? 8 : std::string_view::npos));
    std::uint32_t word = 0;
    if (!scanner.hex(word)) break;
    std::memcpy(address.bytes.data() + i * 4, &word, sizeof word);
  }
  return address;
}

// The kernel gives both addresses 8 or 32 digits. Fewer than 8 are still a number; any other length is a cut
// address, which would show as one that nobody has.
bool whole_addresses(std::string_view local, std::string_view remote) {
  constexpr std::size_t kWord = 8;
  const bool v4 = local.size() <= kWord && remote.size() <= kWord;
  return v4 || (local.size() == 4 * kWord && remote.size() == 4 * kWord);
}

}  // namespace

std::optional<InetSocket> parse_inet_line(std::string_view line, int required) {
  InetSocket socket;
  LineScanner scanner(line);
  std::int32_t slot = 0;
  std::string_view local;
  std::string_view remote;
  int done = 0;

  const auto blank = [&scanner] {
    scanner.skip_blanks();
    return true;
  };
  const auto count = [&done](bool matched) {
    if (matched) ++done;
    return matched;
  };
  // "%d: %64[0-9A-Fa-f]:%X %64[0-9A-Fa-f]:%X %X %lX:%lX %X:%lX %lX %d %d %lu": stops where sscanf would.
  static_cast<void>(count(scanner.decimal(slot)) && scanner.literal(':') && blank() &&
                    count(scanner.hex_digits(local, 64)) && scanner.literal(':') &&
                    count(scanner.hex(socket.local_port)) && blank() &&
                    count(scanner.hex_digits(remote, 64)) && scanner.literal(':') &&
                    count(scanner.hex(socket.remote_port)) && count(scanner.hex(socket.state)) &&
                    count(scanner.hex(socket.send_queue)) && scanner.literal(':') &&
                    count(scanner.hex(socket.receive_queue)) && count(scanner.hex(socket.timer)) &&
                    scanner.literal(':') && count(scanner.hex(socket.timer_ticks)) &&
                    count(scanner.hex(socket.retransmits)) && count(scanner.decimal(socket.uid)) &&
                    count(scanner.decimal(socket.timeout)) && count(scanner.decimal(socket.inode)));
  if (done < required || !whole_addresses(local, remote)) return std::nullopt;

  const Family family = local.size() > 8 ? Family::inet6 : Family::inet;
  socket.local = address_from_words(local, family);
  socket.remote = address_from_words(remote, family);
  return socket;
}

InetSocket inet_socket_from(const SocketRow& row) {
  InetSocket socket;
  socket.local = row.tuple.local.address;
  socket.remote = row.tuple.remote.address;
  socket.local_port = row.tuple.local.port;
  socket.remote_port = row.tuple.remote.port;
  socket.state = static_cast<std::uint32_t>(row.state);
  socket.timer = row.timer_raw;
  socket.receive_queue = row.receive_queue;
  socket.send_queue = row.send_queue;
  socket.timer_ticks = row.timer_ticks;
  socket.retransmits = row.retransmits;
  socket.uid = static_cast<std::int32_t>(row.uid);
  socket.timeout = static_cast<std::int32_t>(row.probes);
  socket.inode = row.inode;
  return socket;
}

}  // namespace conntrail::netstat
