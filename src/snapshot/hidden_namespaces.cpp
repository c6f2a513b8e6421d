#include "hidden_namespaces.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "conntrail/base/text.h"
#include "directory.h"
#include "namespace_cookie.h"

namespace conntrail::snapshot {

namespace {

// What the search may cost is its own work: on a busy host it takes longer, but is not cut short.
Nanoseconds cpu_time() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + Nanoseconds(used.tv_nsec);
}

std::optional<std::uint32_t> inode_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return static_cast<std::uint32_t>(status.st_ino);
}

bool is_gone(int error) { return error == ENOENT || error == ESRCH; }

// "net:[4026531840]", as the link of a namespace's descriptor and the root of its mount read.
std::optional<std::uint32_t> inode_of_link(std::string_view link) {
  constexpr std::string_view kPrefix = "net:[";
  if (!link.starts_with(kPrefix) || !link.ends_with(']')) return std::nullopt;
  link.remove_prefix(kPrefix.size());
  link.remove_suffix(1);
  return parse_number<std::uint32_t>(link);
}

// A mount point as mountinfo writes it: blanks and backslashes are octal (proc(5)).
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && i + 3 < text.size() && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
      out.push_back(
          static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0'));
      i += 3;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// A process, or a thread by itself (since Linux 6.9).
UniqueFd open_task(std::uint32_t task) {
  constexpr unsigned kThread = O_EXCL;  // PIDFD_THREAD (linux/pidfd.h)
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, task, 0)));
  if (!fd && errno == EINVAL) fd.reset(static_cast<int>(::syscall(SYS_pidfd_open, task, kThread)));
  return fd;
}

class Search {
 public:
  Search(NamespaceList& list, std::unordered_set<std::uint32_t>& seen, Nanoseconds longest)
      : list_(list), seen_(seen), deadline_(cpu_time() + longest) {}

  // False when something could not be looked at.
  bool run() {
    Directory processes("/proc");
    if (!processes) return false;
    // Where another process is the first one, this /proc shows a part of the host's processes only.
    bool all = shows_the_whole_host();
    while (const char* name = processes.next()) {
      const auto pid = parse_number<std::uint32_t>(name);
      if (!pid) continue;
      all = look_at(*pid) && all;
      if (cpu_time() > deadline_) return false;
    }
    return all;
  }

 private:
  static bool shows_the_whole_host() {
    constexpr std::uint32_t kInitialPidNamespace = 0xEFFFFFFC;  // PROC_PID_INIT_INO (linux/proc_ns.h)
    const auto shown = inode_of("/proc/1/ns/pid");
    return (shown ? shown : inode_of("/proc/self/ns/pid")) == kInitialPidNamespace;
  }

  bool look_at(std::uint32_t pid) {
    bool all = look_at_mounts(pid);
    const std::string folder = fmt::format("/proc/{}/task", pid);
    Directory tasks(folder.c_str());
    if (!tasks) return is_gone(errno) && all;
    // Threads share their descriptors, but for those that went their own way (unshare(CLONE_FILES)).
    bool first = true;
    while (const char* task = tasks.next()) {
      const auto tid = parse_number<std::uint32_t>(task);
      if (!tid) continue;
      if (!first && shares_files(pid, *tid)) continue;
      first = false;
      all = look_at_descriptors(*tid) && all;
      if (cpu_time() > deadline_) return false;
    }
    return all;
  }

  static bool shares_files(std::uint32_t pid, std::uint32_t tid) {
    constexpr int kFiles = 2;  // KCMP_FILES (linux/kcmp.h)
    return ::syscall(SYS_kcmp, pid, tid, kFiles, 0, 0) == 0;
  }

  bool look_at_mounts(std::uint32_t pid) {
    const auto mounts = inode_of(fmt::format("/proc/{}/ns/mnt", pid));
    if (!mounts) return is_gone(errno);
    if (!mount_namespaces_.insert(*mounts).second) return true;
    std::ifstream lines(fmt::format("/proc/{}/mountinfo", pid));
    if (!lines) return false;
    for (std::string line; std::getline(lines, line);) {
      const auto fields = split_words(line);
      if (fields.size() < 5) continue;
      const auto inode = inode_of_link(fields[3]);
      if (!inode || seen_.contains(*inode)) continue;
      add({.inode = *inode, .path = fmt::format("/proc/{}/root{}", pid, unescape(fields[4])), .name = {}});
    }
    return true;
  }

  bool look_at_descriptors(std::uint32_t task) {
    const std::string folder = fmt::format("/proc/{}/fd", task);
    Directory descriptors(folder.c_str());
    if (!descriptors) return is_gone(errno);
    bool all = true;
    std::array<char, 64> text{};
    while (const char* name = descriptors.next()) {
      const ssize_t length = ::readlinkat(descriptors.fd(), name, text.data(), text.size());
      if (length <= 0) continue;
      const std::string_view link(text.data(), static_cast<std::size_t>(length));
      if (const auto inode = inode_of_link(link)) {
        if (!seen_.contains(*inode)) add({.inode = *inode, .path = folder + "/" + name, .name = {}});
      } else if (link.starts_with("socket:[")) {
        if (const auto fd = parse_number<std::int32_t>(name)) all = look_at_socket(task, *fd) && all;
      }
      if (cpu_time() > deadline_) return false;
    }
    return all;
  }

  bool look_at_socket(std::uint32_t task, std::int32_t fd) {
    if (task != opened_) {
      process_ = open_task(task);
      opened_ = task;
    }
    if (!process_) return is_gone(errno);
    const UniqueFd socket(static_cast<int>(::syscall(SYS_pidfd_getfd, process_.get(), fd, 0)));
    if (!socket) return is_gone(errno) || errno == EBADF;
    // Most sockets are of namespaces that others have led to before.
    const std::uint64_t cookie = namespace_cookie_of(socket.get());
    if (cookie != 0 && !cookies_.insert(cookie).second) return true;
    const UniqueFd its(::ioctl(socket.get(), SIOCGSKNS));
    struct stat status {};
    if (!its || ::fstat(its.get(), &status) != 0) return errno == ENOTTY;
    const auto inode = static_cast<std::uint32_t>(status.st_ino);
    if (!seen_.contains(inode)) {
      NetworkNamespace found{.inode = inode, .path = {}, .name = {}};
      found.socket_pid = task;
      found.socket_fd = fd;
      add(std::move(found));
    }
    return true;
  }

  void add(NetworkNamespace found) {
    if (!is_reachable(found) || !seen_.insert(found.inode).second) return;
    list_.namespaces.push_back(std::move(found));
  }

  NamespaceList& list_;
  std::unordered_set<std::uint32_t>& seen_;
  std::unordered_set<std::uint32_t> mount_namespaces_;
  std::unordered_set<std::uint64_t> cookies_;
  UniqueFd process_;  // of the task `opened_`
  std::uint32_t opened_ = 0;
  Nanoseconds deadline_;
};

}  // namespace

void add_of_threads(NamespaceList& list, std::unordered_set<std::uint32_t>& seen, std::uint32_t pid) {
  const std::string folder = fmt::format("/proc/{}/task", pid);
  struct stat status {};
  // A folder has a link for each of its folders, and two of its own: most processes are one thread.
  if (::stat(folder.c_str(), &status) != 0 || status.st_nlink <= 3) return;
  Directory tasks(folder.c_str());
  if (!tasks) return;
  while (const char* name = tasks.next()) {
    const auto tid = parse_number<std::uint32_t>(name);
    if (!tid || *tid == pid) continue;
    std::string path = fmt::format("{}/{}/ns/net", folder, name);
    const auto inode = inode_of(path);
    if (!inode || !seen.insert(*inode).second) continue;
    // /proc/TID/net is the thread's, as /proc/PID/net is the leader's.
    list.namespaces.push_back({.inode = *inode, .path = std::move(path), .name = {}, .pid = *tid});
  }
}

void add_hidden(NamespaceList& list, std::unordered_set<std::uint32_t>& seen, Nanoseconds longest) {
  list.exhaustive = Search(list, seen, longest).run() && list.unreadable == 0;
}

UniqueFd namespace_of_socket(std::uint32_t pid, std::int32_t fd) {
  const UniqueFd process = open_task(pid);
  if (!process) return {};
  const UniqueFd socket(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), fd, 0)));
  if (!socket) return {};
  return UniqueFd(::ioctl(socket.get(), SIOCGSKNS));
}

bool is_reachable(const NetworkNamespace& target) {
  if (!target.path.empty()) {
    struct statfs filesystem {};
    return inode_of(target.path) == target.inode && ::statfs(target.path.c_str(), &filesystem) == 0 &&
           filesystem.f_type == NSFS_MAGIC;
  }
  const UniqueFd its = namespace_of_socket(target.socket_pid, target.socket_fd);
  struct stat status {};
  return its && ::fstat(its.get(), &status) == 0 && status.st_ino == target.inode;
}

}  // namespace conntrail::snapshot
