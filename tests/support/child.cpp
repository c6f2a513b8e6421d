#include "child.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <exception>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "conntrail/base/unique_fd.h"

namespace conntrail::test {

namespace {

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

void write_all(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t length = ::write(fd, text.data() + done, text.size() - done);
    if (length <= 0) return;  // the parent sees a text without its mark
    done += static_cast<std::size_t>(length);
  }
}

}  // namespace

std::string in_child(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  require(::pipe2(ends.data(), O_CLOEXEC) == 0, "pipe2");
  UniqueFd answer(ends[0]);
  UniqueFd report(ends[1]);
  const pid_t child = ::fork();
  require(child >= 0, "fork");
  if (child == 0) {
    answer.reset();
    std::string text;
    try {
      text = "+" + work();
    } catch (const std::exception& error) {
      text = std::string("-") + error.what();
    }
    write_all(report.get(), text);
    ::_exit(0);
  }
  report.reset();
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t length = 0; (length = ::read(answer.get(), buffer.data(), buffer.size())) != 0;) {
    if (length > 0) text.append(buffer.data(), static_cast<std::size_t>(length));
    if (length < 0 && errno != EINTR) break;
  }
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (text.empty()) throw std::runtime_error("the child died");
  if (text[0] == '-') throw std::runtime_error(text.substr(1));
  return text.substr(1);
}

uid_t unused_uid() {
  std::set<uid_t> used;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    struct stat process {};
    // Not found: the process has ended meanwhile.
    if (::stat(entry.path().c_str(), &process) == 0) used.insert(process.st_uid);
  }
  // Far from what user databases, systemd's dynamic users and user namespaces hand out.
  uid_t uid = 1987654321;
  while (used.contains(uid)) ++uid;
  return uid;
}

void become_nobody() {
  constexpr uid_t kNobody = 65534;
  require(::setgroups(0, nullptr) == 0, "setgroups");
  require(::setresgid(kNobody, kNobody, kNobody) == 0, "setresgid");
  require(::setresuid(kNobody, kNobody, kNobody) == 0, "setresuid");
  // A change of user hides a process from that very user; a program started by it would not be hidden.
  require(::prctl(PR_SET_DUMPABLE, 1) == 0, "PR_SET_DUMPABLE");
}

void forbid_netlink() {
  std::array<sock_filter, 6> code{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog program{.len = code.size(), .filter = code.data()};
  require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
  require(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0, "seccomp");
}

}  // namespace conntrail::test
