#include "network_namespace.h"

#include <fcntl.h>
#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "command.h"
#include "netns.h"

namespace conntrail::live {
namespace {

// A live test without its namespace would change the host: nothing to go on with.
[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::abort();
}

std::string sysctl_path(std::string_view name) {
  std::string path = "/proc/sys/" + std::string(name);
  std::replace(path.begin() + 10, path.end(), '.', '/');
  return path;
}

}  // namespace

NetworkNamespace::NetworkNamespace() : outside_(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)) {
  if (!outside_) give_up("/proc/self/ns/net");
  test::enter_private_namespace();
}

NetworkNamespace::~NetworkNamespace() {
  if (::setns(outside_.get(), CLONE_NEWNET) != 0) give_up("setns");
}

std::uint64_t NetworkNamespace::inode() const { return test::current_namespace(); }

void NetworkNamespace::sysctl(std::string_view name, std::string_view value) const {
  const std::string path = sysctl_path(name);
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd || ::write(fd.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size()))
    give_up(path.c_str());
}

std::string NetworkNamespace::sysctl(std::string_view name) const {
  std::string text = test::read_file(sysctl_path(name));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace conntrail::live
