// Lines of /proc/net/unix, sctp/{eps,assocs}, igmp and igmp6, one at a time. What is taken is written again
// as the kernel writes it and must give the same values.
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "check.h"
#include "fuzz_names.h"
#include "sockets/group_line.h"
#include "sockets/sctp_line.h"
#include "sockets/unix_line.h"

namespace conntrail::fuzz {
namespace {

using netstat::SctpSocket;

void check_rows(std::string_view rows) {
  require(rows.empty() || rows.ends_with('\n'), "a row without its end", rows);
  require(is_safe_for_terminal(rows), "control characters in a row", rows);
}

// ---- /proc/net/unix

// The numbers as sscanf() takes them; `taken` counts them.
netstat::UnixSocket unix_by_sscanf(const std::string& line, int& taken) {
  void* address = nullptr;
  unsigned long references = 0;
  unsigned long protocol = 0;
  unsigned long flags = 0;
  unsigned long inode = 0;
  netstat::UnixSocket socket;
  taken = std::sscanf(line.c_str(), "%p: %lX %lX %lX %X %X %lu", &address, &references, &protocol, &flags,
                      &socket.type, &socket.state, &inode);
  socket.references = references;
  socket.protocol = protocol;
  socket.flags = flags;
  socket.inode = inode;
  return socket;
}

bool same_numbers(const netstat::UnixSocket& a, const netstat::UnixSocket& b) {
  return a.references == b.references && a.protocol == b.protocol && a.flags == b.flags && a.type == b.type &&
         a.state == b.state && a.inode == b.inode;
}

void check_unix(const std::string& line, Choices& choices) {
  const auto socket = netstat::parse_unix_line(line);
  if (line.find('\0') == std::string::npos) {
    int taken = 0;
    const netstat::UnixSocket expected = unix_by_sscanf(line, taken);
    require(socket.has_value() == (taken >= 6),
            "a line is taken where sscanf() would not, or the other way round", line);
    require(!socket || same_numbers(*socket, expected), "values differ from those of sscanf()", line);
  }
  if (!socket) return;
  require(line.find(socket->path) != std::string::npos, "a path that is not in the line", line);

  const netstat::UnixColumns columns{
      .programs = choices.flag(), .context = choices.flag(), .has_inode = choices.flag()};
  std::string row;
  netstat::append_unix_row(row, *socket, columns, {});
  check_rows(row);
  require(row.find('\n') == row.size() - 1, "more than one line", row);

  char numbers[128];
  std::snprintf(numbers, sizeof numbers, "%016x: %08lX %08lX %08lX %04X %02X %5lu", 0,
                static_cast<unsigned long>(socket->references), static_cast<unsigned long>(socket->protocol),
                static_cast<unsigned long>(socket->flags), socket->type, socket->state,
                static_cast<unsigned long>(socket->inode));
  std::string again(numbers);
  if (!socket->path.empty()) again.append(" ").append(socket->path);
  again += '\n';
  const auto socket_again = netstat::parse_unix_line(again);
  require(socket_again && same_numbers(*socket_again, *socket) && socket_again->path == socket->path,
          "a row written again", again);
}

// ---- /proc/net/sctp

std::string kernel_address(const IpAddress& address) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(address.bytes[i]); };
  char text[64];
  if (address.family == Family::inet) {
    std::snprintf(text, sizeof text, "%u.%u.%u.%u ", byte(0), byte(1), byte(2), byte(3));
    return text;
  }
  std::string out;
  for (std::size_t i = 0; i < 16; i += 2) {
    std::snprintf(text, sizeof text, "%02X%02X%c", byte(i), byte(i + 1), i == 14 ? ' ' : ':');
    out += text;
  }
  return out;
}

std::string kernel_addresses(const std::vector<IpAddress>& addresses) {
  std::string out;
  for (const IpAddress& address : addresses) out += kernel_address(address);
  return out;
}

std::string kernel_line(const SctpSocket& socket) {
  char numbers[256];
  if (!socket.association) {
    std::snprintf(numbers, sizeof numbers, "%8s %8s %-3d %-3d %-4d %-5d %5d %5lu ", "ffff", "ffff", 2,
                  socket.state, 7, socket.local_port, socket.uid, static_cast<unsigned long>(socket.inode));
    return numbers + kernel_addresses(socket.local) + "\n";
  }
  std::snprintf(numbers, sizeof numbers, "%8s %8s %-3d %-3d %-2d %-4d %4d %8d %8d %7d %5lu %-5d %5d ", "ffff",
                "ffff", 2, socket.state, 3, 7, 1, static_cast<int>(socket.send_queue),
                static_cast<int>(socket.receive_queue), socket.uid, static_cast<unsigned long>(socket.inode),
                socket.local_port, socket.remote_port);
  return numbers + kernel_addresses(socket.local) + "<-> " + kernel_addresses(socket.remote) +
         "\t    7500     5     5   10    0    0        0        1        0   212992   212992\n";
}

bool same(const SctpSocket& a, const SctpSocket& b) {
  return a.association == b.association && a.state == b.state && a.local_port == b.local_port &&
         a.remote_port == b.remote_port && a.receive_queue == b.receive_queue &&
         a.send_queue == b.send_queue && a.uid == b.uid && a.inode == b.inode && a.local == b.local &&
         a.remote == b.remote;
}

template <class Parse>
void check_sctp(const std::string& line, const Parse& parse, Choices& choices) {
  const auto socket = parse(line);
  if (!socket) return;
  netstat::InetColumns columns;
  columns.users = columns.programs = choices.flag();
  columns.addresses.numeric_ports = choices.flag();
  FuzzNames names(choices.flag());
  std::string rows;
  netstat::append_sctp_row(rows, *socket, choices.flag(), columns, {}, names);
  check_rows(rows);
  // An association without a local address has no place for the sign between the two sides.
  if (socket->association && (socket->local.empty() || socket->remote.empty())) return;
  const std::string again = kernel_line(*socket);
  const auto socket_again = parse(again);
  require(socket_again && same(*socket_again, *socket), "a row written again", again);
}

// ---- /proc/net/igmp and igmp6

std::string kernel_group(const netstat::GroupRow& row) {
  char text[64];
  if (row.group.family == Family::inet) {
    unsigned word = 0;
    std::memcpy(&word, row.group.bytes.data(), sizeof word);
    std::snprintf(text, sizeof text, "\t\t\t\t%08X %5d 0:00000000\t\t0\n", word, row.references);
    return text;
  }
  std::string digits;
  for (const std::uint8_t byte : row.group.bytes) {
    std::snprintf(text, sizeof text, "%02x", byte);
    digits += text;
  }
  std::snprintf(text, sizeof text, " %5d 0000000C 0\n", row.references);
  std::string device = row.device;
  device.resize(std::max<std::size_t>(device.size(), 15), ' ');
  return "2    " + device + " " + digits + text;
}

void check_groups(std::string_view text, bool v6) {
  static constexpr std::string_view kTitle =
      "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n";
  netstat::GroupReader reader;
  int number = 0;
  if (!v6) require(reader.take(kTitle, number++).empty(), "the title", kTitle);
  std::size_t lines = 0;
  while (!text.empty()) {
    const std::string_view line =
        text.substr(0, text.find('\n') + 1 == 0 ? text.size() : text.find('\n') + 1);
    text.remove_prefix(line.size());
    const std::size_t before = reader.rows().size();
    const std::string warning = reader.take(line, number++);
    const std::size_t taken = reader.rows().size() - before;
    require(taken <= (warning.empty() ? 1U : 0U), "a bogus line gives a row", line);
    ++lines;
  }
  require(reader.rows().size() <= lines, "more groups than lines");
  FuzzNames names(false);
  for (const netstat::GroupRow& row : reader.rows()) {
    std::string out;
    netstat::append_group_row(out, row, true, names);
    check_rows(out);
    require(out.find('\n') == out.size() - 1, "more than one line", out);

    netstat::GroupReader again;
    const std::string line = kernel_group(row);
    const bool v4 = row.group.family == Family::inet;
    static_cast<void>(again.take(v4 ? std::string(kTitle) : line, 0));
    if (v4) require(again.take(line, 1).empty(), "a group written again", line);
    require(again.rows().size() == 1, "a group written again", line);
    const netstat::GroupRow& found = again.rows().front();
    require(found.group == row.group && found.references == row.references,
            "a group written again has other values", line);
  }
}

}  // namespace
}  // namespace conntrail::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace conntrail::fuzz;
  if (size == 0) return 0;
  Choices choices(data[0]);
  const std::string line(text_of(data + 1, size - 1));
  switch (choices.number(5)) {
    case 0:
      check_unix(line, choices);
      break;
    case 1:
      check_sctp(line, conntrail::netstat::parse_sctp_endpoint, choices);
      break;
    case 2:
      check_sctp(line, conntrail::netstat::parse_sctp_association, choices);
      break;
    case 3:
      check_groups(line, false);
      break;
    default:
      check_groups(line, true);
      break;
  }
  return 0;
}
