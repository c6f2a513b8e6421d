#include "programs.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "conntrail/base/text.h"
#include "conntrail/base/unique_fd.h"
#include "translation.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kLongestProgram = 19;
constexpr std::size_t kLongestContext = 49;
constexpr std::size_t kCommandLineRead = 511;
constexpr std::size_t kLinkRead = 29;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

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

}  // namespace

std::string program_text(std::string_view pid, std::string_view command_line) {
  std::string_view name = command_line.substr(0, command_line.find('\0'));
  if (name.starts_with('/')) name.remove_prefix(name.rfind('/') + 1);
  std::string text(pid);
  text.append("/").append(name);
  if (text.size() > kLongestProgram) text.resize(kLongestProgram);
  return printable(text);
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

std::string Programs::load(bool with_context) {
  processes_.clear();
  holders_.clear();
  std::string nothing_read =
      translated("(No info could be read for \"-p\": geteuid()=%d but you should be root.)\n",
                 {std::to_string(::geteuid())});
  const Directory proc(::opendir("/proc"));
  if (!proc) return nothing_read;
  bool denied = false;
  while (const dirent* entry = ::readdir(proc.get())) {
    const std::string_view name = entry->d_name;
    if (!std::ranges::all_of(name, is_digit)) continue;
    denied |= read_process(entry->d_name, with_context) == Reading::denied;
  }
  const bool nothing = holders_.empty();
  std::ranges::stable_sort(holders_, {}, &Holder::inode);
  const auto repeated = std::ranges::unique(holders_, {}, &Holder::inode);
  holders_.erase(repeated.begin(), repeated.end());

  if (!denied) return {};
  if (nothing) return nothing_read;
  return std::string(
      translated("(Not all processes could be identified, non-owned process info\n"
                 " will not be shown, you would have to be root to see it all.)\n"));
}

Programs::Reading Programs::read_process(const char* pid, bool with_context) {
  const std::string base = std::string("/proc/") + pid;
  const Directory descriptors(::opendir((base + "/fd").c_str()));
  if (!descriptors) return errno == EACCES ? Reading::denied : Reading::done;
  const int directory_fd = ::dirfd(descriptors.get());
  std::optional<std::uint32_t> process;
  while (const dirent* entry = ::readdir(descriptors.get())) {
    if (!is_digit(entry->d_name[0])) continue;
    char link[kLinkRead];
    const ssize_t length = ::readlinkat(directory_fd, entry->d_name, link, sizeof link);
    if (length <= 0) continue;
    const std::uint64_t inode = socket_inode({link, static_cast<std::size_t>(length)});
    if (inode == 0) continue;
    if (!process) {
      const auto command_line = read_start(base + "/cmdline", kCommandLineRead);
      if (!command_line) continue;
      process = static_cast<std::uint32_t>(processes_.size());
      processes_.push_back({program_text(pid, *command_line),
                            with_context ? context_text(read_start(base + "/attr/current", 4096)) : "-"});
    }
    holders_.push_back({inode, *process});
  }
  return Reading::done;
}

ProgramText Programs::find(std::uint64_t inode) const {
  const auto found = std::ranges::lower_bound(holders_, inode, {}, &Holder::inode);
  if (found == holders_.end() || found->inode != inode) return {};
  const Process& process = processes_[found->process];
  return {process.program, process.context};
}

}  // namespace conntrail::netstat
