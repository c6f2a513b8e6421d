#include "run/namespace_rounds.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "conntrail/base/text.h"
#include "output/translation.h"

namespace conntrail::netstat {

namespace {

std::unexpected<Error> cannot_enter(const snapshot::NetworkNamespace& target, int error) {
  const bool refused = error == EPERM || error == EACCES;
  return fail_errno(fmt::format("cannot enter network namespace {}", target.inode), error,
                    refused ? "needs CAP_SYS_ADMIN" : "");
}

}  // namespace

Result<std::vector<snapshot::NetworkNamespace>> Namespaces::targets() const {
  const std::vector<std::string_view> names = split(wanted_, ',');
  if (std::ranges::find(names, "all") == names.end()) {
    std::vector<snapshot::NetworkNamespace> chosen;
    for (const std::string_view name : names) {
      auto one = snapshot::find_namespace(name);
      if (!one) return std::unexpected(one.error());
      const bool twice =
          std::ranges::find(chosen, one->inode, &snapshot::NetworkNamespace::inode) != chosen.end();
      if (!twice) chosen.push_back(std::move(*one));
    }
    return chosen;
  }
  auto list = snapshot::list_namespaces();
  if (!list) return std::unexpected(list.error());
  return std::move(list->namespaces);
}

Result<void> Namespaces::enter(const snapshot::NetworkNamespace& target) {
  if (!home_) {
    home_.reset(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!home_) return fail_errno("cannot open the own network namespace", errno);
  }
  struct stat home {};
  if (::fstat(home_.get(), &home) == 0 && home.st_ino == target.inode) {
    // The path of the program's own namespace leads to wherever the program is at the moment.
    if (::setns(home_.get(), CLONE_NEWNET) != 0) return cannot_enter(target, errno);
    return {};
  }
  const UniqueFd fd(::open(target.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return cannot_enter(target, errno);
  struct stat there {};
  if (::fstat(fd.get(), &there) != 0) return cannot_enter(target, errno);
  if (there.st_ino != target.inode)
    return cannot_enter(target, ESTALE);  // the PID or the name is another's now
  if (::setns(fd.get(), CLONE_NEWNET) != 0) return cannot_enter(target, errno);
  return {};
}

void Namespaces::leave() {
  // A namespace that could be entered can be left: both need the same privilege.
  if (home_) static_cast<void>(::setns(home_.get(), CLONE_NEWNET));
  home_.reset();
}

bool Namespaces::has_gone(const Error& error) {
  return error.sys_errno == ENOENT || error.sys_errno == ESRCH || error.sys_errno == ESTALE;
}

std::string namespace_title(const snapshot::NetworkNamespace& place) {
  std::string title(translated("Network namespace"));
  if (!place.name.empty()) return fmt::format("{} {} ({})\n", title, printable(place.name), place.inode);
  if (place.pid != 0) return fmt::format("{} {} (PID {})\n", title, place.inode, place.pid);
  return fmt::format("{} {}\n", title, place.inode);
}

}  // namespace conntrail::netstat
