#include "sockets/holdings.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>

#include "conntrail/base/text.h"
#include "conntrail/base/unique_fd.h"
#include "conntrail/snapshot/snapshot.h"

namespace conntrail::netstat {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLongestContext = 49;
constexpr std::size_t kCommandLineRead = 511;
constexpr std::size_t kLinkRead = 29;
constexpr std::uint64_t kLeastInode = 10;  // netstat wants two digits at least

// Loading BPF takes about as long as reading this many links; a walk that has taken as long is abandoned for
// it, so that a wrong guess costs at most twice the time of the better way.
constexpr std::size_t kManySockets = 10000;
constexpr auto kLoadingCost = std::chrono::milliseconds(30);
constexpr unsigned kLinksBetweenLooks = 256;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

// The beginning of a small /proc file; empty optional when it cannot be read.
std::optional<std::string> read_start(const std::string& path, std::size_t limit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string text(limit, '\0');
  const ssize_t got = ::read(fd.get(), text.data(), limit);
  if (got < 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(got));
  return text;
}

// netstat keeps the end of a long context, one character less than would fit.
std::string context_text(const std::optional<std::string>& attribute) {
  if (!attribute) return "-";
  std::string_view text = *attribute;
  text = text.substr(0, text.find_first_of(std::string_view("\0\n", 2)));
  if (text.size() > kLongestContext) text = text.substr(text.size() - (kLongestContext - 1));
  return printable(text);
}

std::optional<std::uint64_t> whole_number(std::string_view digits) {
  const auto number = parse_number<std::uint64_t>(digits);
  return number == std::numeric_limits<std::uint64_t>::max() ? std::nullopt : number;
}

// Goes through the processes of /proc in its order.
class Walk {
 public:
  explicit Walk(bool with_context) : with_context_(with_context), proc_(::opendir("/proc")) {
    found_.proc_readable = proc_ != nullptr;
  }

  // Reads the links of every process. False: not done at the deadline.
  bool read_links(std::optional<Clock::time_point> deadline) {
    deadline_ = deadline;
    return each_process(
        [this](const std::string& pid, DIR* descriptors) { return read_links_of(pid, descriptors); });
  }

  // Takes the descriptors that are known already, sorted by pid, where the process may be read.
  void take(const std::vector<SocketFile>& files) {
    each_process([&](const std::string& pid, DIR* /*descriptors*/) {
      const auto number = parse_number<std::uint32_t>(pid);
      if (!number) return true;
      std::optional<std::uint32_t> process;
      for (const SocketFile& file : std::ranges::equal_range(files, *number, {}, &SocketFile::pid)) {
        if (file.inode >= kLeastInode && !add(pid, process, file.inode)) break;
      }
      return true;
    });
  }

  Holdings result() {
    std::ranges::sort(found_.holdings);
    const auto repeated = std::ranges::unique(found_.holdings);
    found_.holdings.erase(repeated.begin(), repeated.end());
    return std::move(found_);
  }

 private:
  // `work` answers false to stop.
  template <class Work>
  bool each_process(const Work& work) {
    if (!proc_) return true;
    while (const dirent* entry = ::readdir(proc_.get())) {
      const std::string pid = entry->d_name;
      if (!std::ranges::all_of(pid, is_digit)) continue;
      const Directory descriptors(::opendir(("/proc/" + pid + "/fd").c_str()));
      if (!descriptors) {
        found_.denied = found_.denied || errno == EACCES;
      } else if (!work(pid, descriptors.get())) {
        return false;
      }
    }
    return true;
  }

  bool read_links_of(const std::string& pid, DIR* descriptors) {
    std::optional<std::uint32_t> process;
    std::array<char, kLinkRead> link{};
    while (const dirent* entry = ::readdir(descriptors)) {
      if (!is_digit(entry->d_name[0])) continue;
      if (deadline_ && ++links_ % kLinksBetweenLooks == 0 && Clock::now() >= *deadline_) return false;
      const ssize_t length = ::readlinkat(::dirfd(descriptors), entry->d_name, link.data(), link.size());
      if (length <= 0) continue;
      const std::uint64_t inode = socket_inode({link.data(), static_cast<std::size_t>(length)});
      if (inode != 0) static_cast<void>(add(pid, process, inode));
    }
    return true;
  }

  // A process is described when its first socket is found. False: it cannot be.
  bool add(const std::string& pid, std::optional<std::uint32_t>& process, std::uint64_t inode) {
    if (!process) {
      const std::string base = "/proc/" + pid;
      const auto command_line = read_start(base + "/cmdline", kCommandLineRead);
      if (!command_line) return false;
      process = static_cast<std::uint32_t>(found_.processes.size());
      found_.processes.push_back(
          {pid, std::string(program_name(*command_line)),
           with_context_ ? context_text(read_start(base + "/attr/current", 4096)) : "-"});
    }
    found_.holdings.push_back({inode, *process});
    return true;
  }

  bool with_context_;
  Directory proc_;
  std::optional<Clock::time_point> deadline_;
  unsigned links_ = 0;
  Holdings found_;
};

Holdings walk_links(bool with_context) {
  Walk walk(with_context);
  walk.read_links(std::nullopt);
  return walk.result();
}

// Sockets in use in this network namespace ("sockets: used 4711"); 0 when that cannot be read.
std::size_t sockets_in_use() {
  const auto text = read_start("/proc/net/sockstat", 1024);
  if (!text) return 0;
  const auto words = split_words(std::string_view(*text).substr(0, text->find('\n')));
  return words.size() == 3 && words[1] == "used" ? parse_number<std::size_t>(words[2]).value_or(0) : 0;
}

// The iterator numbers processes as this one's pid namespace does; /proc may be that of another one, or no
// real one at all.
bool proc_is_our_own() {
  struct statfs system {};
  if (::statfs("/proc", &system) != 0 || system.f_type != PROC_SUPER_MAGIC) return false;
  std::array<char, 32> link{};
  const ssize_t length = ::readlink("/proc/self", link.data(), link.size());
  return length > 0 &&
         std::string_view(link.data(), static_cast<std::size_t>(length)) == std::to_string(::getpid());
}

std::optional<Holdings> iterate(bool with_context) {
  if (!proc_is_our_own()) return std::nullopt;
  std::vector<SocketFile> files;
  const auto done =
      snapshot::stream_socket_files([&files](const SocketFile& file) { files.push_back(file); });
  if (!done) return std::nullopt;
  if (!std::ranges::is_sorted(files, {}, &SocketFile::pid))
    std::ranges::stable_sort(files, {}, &SocketFile::pid);
  Walk walk(with_context);
  walk.take(files);
  return walk.result();
}

Holdings find_automatically(bool with_context) {
  if (sockets_in_use() >= kManySockets) {
    if (auto found = iterate(with_context)) return std::move(*found);
    return walk_links(with_context);
  }
  Walk walk(with_context);
  if (walk.read_links(Clock::now() + kLoadingCost)) return walk.result();
  if (auto found = iterate(with_context)) return std::move(*found);
  return walk_links(with_context);
}

}  // namespace

std::string_view program_name(std::string_view command_line) {
  std::string_view name = command_line.substr(0, command_line.find('\0'));
  if (name.starts_with('/')) name.remove_prefix(name.rfind('/') + 1);
  return name;
}

std::uint64_t socket_inode(std::string_view link) {
  static constexpr std::string_view kSocket = "socket:[";
  static constexpr std::string_view kOldSocket = "[0000]:";
  // netstat wants two digits at least in the first form.
  if (link.size() >= kSocket.size() + 3 && link.starts_with(kSocket) && link.ends_with(']')) {
    link.remove_prefix(kSocket.size());
    link.remove_suffix(1);
    return whole_number(link).value_or(0);
  }
  if (link.starts_with(kOldSocket)) return whole_number(link.substr(kOldSocket.size())).value_or(0);
  return 0;
}

Holdings find_holdings(bool with_context, OwnerMethod method) {
  switch (method) {
    case OwnerMethod::proc_fd:
      return walk_links(with_context);
    case OwnerMethod::task_file:
      if (auto found = iterate(with_context)) return std::move(*found);
      return walk_links(with_context);
    case OwnerMethod::automatic:
      break;
  }
  return find_automatically(with_context);
}

}  // namespace conntrail::netstat
