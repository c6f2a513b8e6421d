#include "proc_owners.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <tuple>

#include "conntrail/base/text.h"

namespace conntrail::snapshot {

namespace {

// A file of /proc, what one reading of a page gives or up to `most`; empty when it cannot be read.
std::string read_small(int folder, const char* name, std::size_t most = 4096) {
  const UniqueFd fd(::openat(folder, name, O_RDONLY | O_CLOEXEC));
  if (!fd) return {};
  std::string text;
  std::array<char, 4096> buffer{};
  do {
    const ssize_t length = ::read(fd.get(), buffer.data(), buffer.size());
    if (length <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(length));
  } while (text.size() < most && most > buffer.size());
  return text;
}

std::string read_comm(int process) {
  std::string comm = read_small(process, "comm");
  if (comm.ends_with('\n'))
    comm.pop_back();  // a name may itself end in a newline: only the kernel's is taken off
  return comm;
}

// The line behind `key` in text like /proc/PID/status.
std::string_view line_behind(std::string_view text, std::string_view key) {
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with(key)) return line.substr(key.size());
  }
  return {};
}

std::uint32_t read_uid(int process) {
  const std::string status = read_small(process, "status");
  const auto words = split_words(line_behind(status, "Uid:"));  // real, effective, saved, filesystem
  return words.empty() ? 0 : parse_number<std::uint32_t>(words[0]).value_or(0);
}

// The cgroup's id is the inode of its folder (on 64-bit kernels); the folder is where the hierarchy is
// mounted by custom.
std::uint64_t read_cgroup(int process) {
  const std::string text = read_small(process, "cgroup");
  const std::string_view path = line_behind(text, "0::");
  if (path.empty()) return 0;
  for (const char* mount : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}) {
    struct stat status {};
    const std::string probe = fmt::format("{}/cgroup.controllers", mount);
    if (::access(probe.c_str(), F_OK) != 0) continue;  // not where version 2 is mounted
    if (::stat(fmt::format("{}{}", mount, path).c_str(), &status) == 0) return status.st_ino;
  }
  return 0;
}

// Whether this /proc may keep processes to itself (hidepid=invisible, =ptraceable): they are not even listed,
// so their number is not known. Who may trace every process sees them all the same.
bool hides_processes() {
  const std::string mounts = read_small(AT_FDCWD, "/proc/self/mountinfo", std::size_t{1} << 20);
  bool hides = false;
  for (const std::string_view line : split(mounts, '\n')) {
    const auto words = split_words(line);  // … root mount-point options … - type source super-options
    if (words.size() < 10 || words[4] != "/proc") continue;
    const std::string_view options = words.back();
    hides = options.find("hidepid=2") != std::string_view::npos ||
            options.find("hidepid=invisible") != std::string_view::npos ||
            options.find("hidepid=4") != std::string_view::npos ||
            options.find("hidepid=ptraceable") != std::string_view::npos;
  }
  constexpr unsigned kSysPtrace = 19;
  const std::string status = read_small(AT_FDCWD, "/proc/self/status");
  const auto words = split_words(line_behind(status, "CapEff:"));
  std::uint64_t capabilities = 0;
  if (!words.empty()) std::from_chars(words[0].data(), words[0].data() + words[0].size(), capabilities, 16);
  return hides && ((capabilities >> kSysPtrace) & 1U) == 0;
}

bool denied(int error) { return error == EACCES || error == EPERM; }

}  // namespace

std::optional<std::uint64_t> socket_inode_of_link(std::string_view link) {
  constexpr std::string_view kPrefix = "socket:[";
  constexpr std::string_view kOldPrefix = "[0000]:";
  if (link.starts_with(kPrefix) && link.ends_with(']')) {
    link.remove_prefix(kPrefix.size());
    link.remove_suffix(1);
    return parse_number<std::uint64_t>(link);
  }
  if (link.starts_with(kOldPrefix)) return parse_number<std::uint64_t>(link.substr(kOldPrefix.size()));
  return std::nullopt;
}

Result<ProcOwners> ProcOwners::open() {
  Directory processes("/proc");
  if (!processes) return fail_errno("cannot read /proc", errno, "is it mounted?");
  return ProcOwners(std::move(processes), hides_processes());
}

bool ProcOwners::run(const std::function<bool()>& stop) {
  while (const char* name = processes_.next()) {
    const auto pid = parse_number<std::uint32_t>(name);
    if (!pid) continue;
    read_process(*pid, name);
    if (stop()) return false;
  }
  return true;
}

void ProcOwners::read_process(std::uint32_t pid, const char* name) {
  const UniqueFd process(::openat(processes_.fd(), name, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!process) return;  // ended meanwhile
  const std::size_t first = holders_.size();
  bool any = false;
  if (!read_table(pid, process.get(), "fd", any)) {
    if (denied(errno)) ++unreadable_;
    return;
  }
  if (!any) {
    // The leader of threads that go on may have ended; its table is empty then, theirs is not.
    Directory threads("task", process.get());
    if (threads) {
      while (const char* thread = threads.next()) {
        if (std::string_view(thread) == name) continue;
        if (read_table(pid, process.get(), fmt::format("task/{}/fd", thread).c_str(), any) && any) break;
      }
    }
  }
  if (holders_.size() > first) describe(process.get(), first);
}

bool ProcOwners::read_table(std::uint32_t pid, int process, const char* folder, bool& any) {
  Directory table(folder, process);
  if (!table) return false;
  std::array<char, 64> link{};
  while (const char* name = table.next()) {
    any = true;
    const ssize_t length = ::readlinkat(table.fd(), name, link.data(), link.size());
    // A process with more privilege than this one may be listed and yet keep its links to itself.
    if (length < 0 && denied(errno)) return false;
    if (length <= 0) continue;  // closed meanwhile
    const auto inode = socket_inode_of_link({link.data(), static_cast<std::size_t>(length)});
    const auto fd = parse_number<std::int32_t>(name);
    if (!inode || !fd) continue;
    SocketHolder holder;
    holder.inode = *inode;
    holder.pid = pid;
    holder.fd = *fd;
    holders_.push_back(std::move(holder));
  }
  return true;
}

// What is said once per process, for its holders from `first` on.
void ProcOwners::describe(int process, std::size_t first) {
  const std::string comm = read_comm(process);
  if (comm.empty() && read_small(process, "status").empty()) {  // ended meanwhile: it holds nothing any more
    holders_.resize(first);
    return;
  }
  const std::uint32_t uid = read_uid(process);
  const std::uint64_t cgroup = read_cgroup(process);
  for (std::size_t i = first; i < holders_.size(); ++i) {
    holders_[i].comm = comm;
    holders_[i].uid = uid;
    holders_[i].cgroup_id = cgroup;
  }
}

OwnerScan ProcOwners::result() {
  OwnerScan scan;
  scan.method = OwnerMethod::proc_fd;
  scan.holders = std::move(holders_);
  scan.unreadable = unreadable_;
  scan.complete = unreadable_ == 0 && !hides_;
  if (hides_)
    scan.notes.emplace_back("this /proc hides processes (hidepid): what they have open is not known");
  if (unreadable_ > 0) {
    scan.notes.push_back(
        fmt::format("the open files of {} processes could not be read: needs CAP_SYS_PTRACE", unreadable_));
  }
  std::ranges::sort(scan.holders, {},
                    [](const SocketHolder& holder) { return std::tie(holder.pid, holder.fd); });
  return scan;
}

}  // namespace conntrail::snapshot
