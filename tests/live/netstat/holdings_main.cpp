// Prints who holds the UDP sockets that this process has inherited, found by either way, one line each: for
// tests in PID namespaces of their own.
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>
#include <string>

#include "sockets/holdings.h"

namespace {

constexpr int kInherited = 9;

bool print_holders(conntrail::OwnerMethod method, std::uint64_t inode) {
  const auto found = conntrail::netstat::find_holdings(false, method);
  std::string line;
  for (const auto& holding : found.holdings) {
    if (holding.inode != inode) continue;
    const auto& process = found.processes[holding.process];
    line += process.pid + "/" + process.name + " ";
  }
  return std::printf("%s\n", line.c_str()) > 0;
}

}  // namespace

int main() {
  struct stat status {};
  if (::fstat(kInherited, &status) != 0) return 1;
  const bool printed = print_holders(conntrail::OwnerMethod::proc_fd, status.st_ino) &&
                       print_holders(conntrail::OwnerMethod::task_file, status.st_ino);
  return printed ? 0 : 1;
}
