// Readers of small texts: lines out of any file, the hosts file, the links and command lines behind -p.
#include <algorithm>
#include <cstring>
#include <string>

#include <arpa/inet.h>

#include "check.h"
#include "conntrail/base/text.h"
#include "names/host_lookup.h"
#include "proc/proc_lines.h"
#include "proc_files.h"
#include "sockets/programs.h"

namespace conntrail::fuzz {
namespace {

constexpr const char* kPath = "/proc/net/fuzz";

void put(std::string_view text) {
  clear_proc_files();
  put_proc_file(kPath, text);
}

// The pieces together are the file, each as long as fgets() would make it.
void check_lines(std::string_view text, std::size_t longest) {
  put(text);
  auto lines = netstat::ProcLines::open(kPath, longest);
  require(lines.has_value(), "the file opens");
  std::string_view line;
  std::string_view left = text;
  while (lines->next(line)) {
    const std::string_view expected = left.substr(0, std::min(left.find('\n'), longest - 1) + 1);
    require(line == expected, "a piece is not what fgets() would read", line);
    left.remove_prefix(line.size());
  }
  require(left.empty(), "the end of the file is lost", left);
  const auto whole = netstat::read_whole(kPath);
  require(whole && *whole == text, "read_whole() reads the file");
}

std::string hosts_line(const netstat::HostKey& key) {
  char address[INET6_ADDRSTRLEN];
  require(::inet_ntop(static_cast<int>(key.address.family), key.address.bytes.data(), address,
                      sizeof address) != nullptr,
          "inet_ntop");
  return std::string(address) + " name\n";
}

// Every address found gives a line that holds it again, and an IPv4 one its mapped form.
void check_hosts(std::string_view text) {
  put(text);
  const netstat::HostKeys keys = netstat::addresses_in_hosts_file(kPath);
  std::string again;
  for (const netstat::HostKey& key : keys) {
    again += hosts_line(key);
    if (key.address.family == Family::inet6) continue;
    IpAddress mapped = IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff});
    std::memcpy(mapped.bytes.data() + 12, key.address.bytes.data(), 4);
    require(keys.contains({.address = mapped}), "an IPv4 address without its mapped form", again);
  }
  put(again);
  require(netstat::addresses_in_hosts_file(kPath) == keys, "the hosts file's addresses written again", again);
}

void check_program(std::string_view text) {
  const std::size_t digits = std::min<std::size_t>(text.size(), 10);
  const std::string shown =
      netstat::program_text(std::string(digits, '7'), netstat::program_name(text), false);
  constexpr std::size_t kColumn = 19;
  require(shown.size() <= kColumn, "the program column is too long", shown);
  require(is_safe_for_terminal(shown) && shown.find('\n') == std::string::npos,
          "control characters of a program", shown);
}

void check_link(std::string_view text) {
  const std::uint64_t inode = netstat::socket_inode(text);
  if (inode == 0) return;
  require(text.find(std::to_string(inode)) != std::string_view::npos, "an inode that is not in the link",
          text);
  const std::string link = "socket:[" + std::to_string(inode) + "]";
  // netstat wants two digits at least.
  require(inode < 10 || netstat::socket_inode(link) == inode, "a link written again", link);
}

}  // namespace
}  // namespace conntrail::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace conntrail::fuzz;
  if (size == 0) return 0;
  Choices choices(data[0]);
  const std::string_view text = text_of(data + 1, size - 1);
  switch (choices.number(4)) {
    case 0:
      check_lines(text, 1 + choices.number(64));
      break;
    case 1:
      check_hosts(text);
      break;
    case 2:
      check_program(text);
      break;
    default:
      check_link(text);
      break;
  }
  const std::string safe = conntrail::printable(text);
  require(is_safe_for_terminal(safe) && safe.find('\n') == std::string::npos, "printable()", safe);
  require(conntrail::printable(safe) == safe, "printable() changes what is printable", safe);
  return 0;
}
