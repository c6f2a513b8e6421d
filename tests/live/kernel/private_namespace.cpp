#include "private_namespace.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace conntrail::test {
namespace {

constexpr const char* kSelf = "/proc/thread-self/ns/net";

void check(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::generic_category(), what);
}

void loopback_up() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  check(static_cast<bool>(socket), "socket");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  check(::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0, "lo up");
}

}  // namespace

PrivateNamespace::PrivateNamespace() : home_(::open(kSelf, O_RDONLY | O_CLOEXEC)) {
  check(static_cast<bool>(home_), "open ns/net");
  check(::unshare(CLONE_NEWNET) == 0, "unshare (root needed)");
  struct stat info {};
  check(::stat(kSelf, &info) == 0, "stat ns/net");
  inode_ = static_cast<std::uint32_t>(info.st_ino);
  loopback_up();
}

PrivateNamespace::~PrivateNamespace() {
  if (::setns(home_.get(), CLONE_NEWNET) != 0) std::abort();
}

void PrivateNamespace::nft(const std::string& command) {
  const std::string line = "nft '" + command + "'";
  if (std::system(line.c_str()) != 0)
    throw std::runtime_error(line);  // NOLINT(cert-env33-c): test's own text
}

void PrivateNamespace::drop(const std::string& match) {
  nft("add table inet t");
  nft("add chain inet t in { type filter hook input priority 0; }");
  nft("add rule inet t in " + match + " drop");
}

void PrivateNamespace::undrop() { nft("delete table inet t"); }

}  // namespace conntrail::test
