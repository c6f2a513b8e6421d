#include "netns.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "command.h"
#include "conntrail/base/unique_fd.h"
#include "fail_with_errno.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

namespace conntrail::test {

namespace {

std::uint32_t inode_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail_with_errno(path);
  return static_cast<std::uint32_t>(status.st_ino);
}

void bring_loopback_up() {
  const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) fail_with_errno("socket");
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  if (::ioctl(fd.get(), SIOCGIFFLAGS, &request) != 0) fail_with_errno("SIOCGIFFLAGS lo");
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (::ioctl(fd.get(), SIOCSIFFLAGS, &request) != 0) fail_with_errno("SIOCSIFFLAGS lo");
}

std::string sysctl_path(std::string_view name) {
  std::string below(name);
  std::replace(below.begin(), below.end(), '.', '/');
  return "/proc/sys/" + below;
}

constexpr const char* kOwnNamespace = "/proc/thread-self/ns/net";

}  // namespace

bool is_root() { return ::geteuid() == 0; }

std::uint32_t current_namespace() { return inode_of(kOwnNamespace); }

NamespaceId current_namespace_id() {
  NamespaceId own{.inode = current_namespace()};
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  socklen_t size = sizeof own.cookie;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_NETNS_COOKIE, &own.cookie, &size) != 0) own.cookie = 0;
  return own;
}

PrivateNamespace::PrivateNamespace() : outside_(::open(kOwnNamespace, O_RDONLY | O_CLOEXEC)) {
  if (!outside_) fail_with_errno(kOwnNamespace);
  if (::unshare(CLONE_NEWNET) != 0) fail_with_errno("unshare(CLONE_NEWNET), which needs root");
  try {
    bring_loopback_up();
    inode_ = current_namespace();
  } catch (...) {
    // No destructor runs for an object that was not made.
    if (::setns(outside_.get(), CLONE_NEWNET) != 0) std::abort();
    throw;
  }
}

// A test that went on in the wrong namespace could change the host.
PrivateNamespace::~PrivateNamespace() {
  if (::setns(outside_.get(), CLONE_NEWNET) != 0) std::abort();
}

void PrivateNamespace::enter_for_good() {
  if (::unshare(CLONE_NEWNET) != 0) fail_with_errno("unshare(CLONE_NEWNET)");
  bring_loopback_up();
}

void PrivateNamespace::sysctl(std::string_view name, std::string_view value) const {
  if (current_namespace() != inode_) throw std::logic_error("sysctl outside of the namespace");
  write_file(sysctl_path(name), value);
}

std::string PrivateNamespace::sysctl(std::string_view name) const {
  if (current_namespace() != inode_) throw std::logic_error("sysctl outside of the namespace");
  std::string text = read_file(sysctl_path(name));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

void PrivateNamespace::nft(const std::string& command) { must_run({"nft", command}); }

void PrivateNamespace::drop(const std::string& match) {
  nft("add table inet t");
  nft("add chain inet t in { type filter hook input priority 0; }");
  nft("add rule inet t in " + match + " drop");
}

void PrivateNamespace::undrop() { nft("delete table inet t"); }

NamedNamespace::NamedNamespace() {
  static std::atomic<int> counter{0};
  name_ = "conntrail-test-" + std::to_string(::getpid()) + "-" + std::to_string(++counter);
  must_run({"ip", "netns", "add", name_});
  must_run({"ip", "-n", name_, "link", "set", "lo", "up"});
  inode_ = inode_of(path());
}

NamedNamespace::~NamedNamespace() {
  try {
    (void)run_command({"ip", "netns", "delete", name_});
  } catch (const std::exception&) {  // nothing more can be done in a destructor
  }
}

void in_namespace(const std::string& path, const std::function<void()>& work) {
  std::exception_ptr thrown;
  std::thread worker([&] {
    try {
      const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
      if (!fd || ::setns(fd.get(), CLONE_NEWNET) != 0) fail_with_errno("cannot enter " + path);
      work();
    } catch (...) {
      thrown = std::current_exception();
    }
  });
  worker.join();
  if (thrown) std::rethrow_exception(thrown);
}

SleepingChild::SleepingChild(const std::function<void()>& start) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail_with_errno("pipe2");
  UniqueFd ready(ends[0]);
  UniqueFd report(ends[1]);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) fail_with_errno("fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    ready.reset();
    std::string message = "ok";
    try {
      start();
      // A change of user clears the death signal.
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    } catch (const std::exception& error) {
      message = error.what();
    }
    if (::write(report.get(), message.data(), message.size()) < 0) ::_exit(1);
    report.reset();
    for (;;) ::pause();
  }
  report.reset();
  std::array<char, 512> answer{};
  const ssize_t length = ::read(ready.get(), answer.data(), answer.size());
  const std::string_view text(answer.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  if (text != "ok") {
    stop();
    throw std::runtime_error("child: " + std::string(text));
  }
}

void SleepingChild::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

}  // namespace conntrail::test
