#include "conntrail/snapshot/socket_held.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "conntrail/base/unique_fd.h"
#include "proc_owners.h"

namespace conntrail::snapshot {
namespace {

bool has_name(std::uint32_t pid, std::string_view comm) {
  const UniqueFd fd(::open(fmt::format("/proc/{}/comm", pid).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return false;
  std::array<char, 64> buffer{};
  const ssize_t length = ::read(fd.get(), buffer.data(), buffer.size());
  if (length <= 0) return false;
  std::string_view name(buffer.data(), static_cast<std::size_t>(length));
  if (name.ends_with('\n')) name.remove_suffix(1);
  return name == comm;
}

}  // namespace

Held holds_socket(std::uint32_t pid, std::int32_t fd, std::uint64_t inode, std::string_view comm) {
  if (inode == 0 || fd < 0) return Held::unknown;
  std::array<char, 64> link{};
  const ssize_t length = ::readlink(fmt::format("/proc/{}/fd/{}", pid, fd).c_str(), link.data(), link.size());
  if (length < 0) return errno == ENOENT || errno == ESRCH ? Held::no : Held::unknown;
  const auto found = socket_inode_of_link({link.data(), static_cast<std::size_t>(length)});
  return found == inode && has_name(pid, comm) ? Held::yes : Held::no;
}

bool process_lives(std::uint32_t pid) {
  std::array<char, 8> link{};
  if (::readlink(fmt::format("/proc/{}/exe", pid).c_str(), link.data(), link.size()) >= 0) return true;
  return errno != ENOENT && errno != ESRCH;
}

}  // namespace conntrail::snapshot
