#include "enter_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <thread>

#include "conntrail/base/text.h"
#include "conntrail/base/unique_fd.h"
#include "hidden_namespaces.h"

namespace conntrail::snapshot {

namespace {

std::unexpected<Error> cannot_enter(const NetworkNamespace& target, int error) {
  return fail_errno(
      fmt::format("cannot enter network namespace {} ({})", target.inode, printable(target.path)), error,
      error == EPERM || error == EACCES ? "needs CAP_SYS_ADMIN" : "");
}

// 0, or the errno. The path may lead elsewhere by now (a PID is reused, a name is mounted again): that is
// ESTALE.
int open_checked(const NetworkNamespace& target, UniqueFd& fd) {
  if (target.path.empty()) {
    fd = namespace_of_socket(target.socket_pid, target.socket_fd);
  } else {
    fd.reset(::open(target.path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  if (!fd) return errno;
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return errno;
  return status.st_ino == target.inode ? 0 : ESTALE;
}

Result<UniqueFd> open_namespace(const NetworkNamespace& target) {
  UniqueFd fd;
  int error = open_checked(target, fd);
  if (error == ENOENT || error == ESRCH || error == ESTALE) {
    // The process through which it was found has ended; another one may still be in it.
    const auto list = list_namespaces();
    if (!list) return std::unexpected(list.error());
    for (const auto& other : list->namespaces) {
      if (other.inode == target.inode) error = open_checked(other, fd);
    }
  }
  if (error != 0) return cannot_enter(target, error);
  return fd;
}

}  // namespace

Result<void> run_in_namespace(const NetworkNamespace& target, const std::function<void()>& work) {
  struct stat own {};
  if (::stat("/proc/thread-self/ns/net", &own) == 0 && own.st_ino == target.inode) {
    work();
    return {};
  }
  auto fd = open_namespace(target);
  if (!fd) return std::unexpected(fd.error());

  int error = 0;
  try {
    std::thread worker([&] {
      if (::setns(fd->get(), CLONE_NEWNET) != 0) {
        error = errno;
        return;
      }
      fd->reset();
      work();
    });
    worker.join();
  } catch (const std::system_error& thrown) {  // std::thread reports a refused thread this way only
    error = thrown.code().value();
  }
  if (error != 0) return cannot_enter(target, error);
  return {};
}

}  // namespace conntrail::snapshot
