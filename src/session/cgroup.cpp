#include "conntrail/session/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <fstream>

#include "conntrail/base/text.h"
#include "conntrail/base/unique_fd.h"
#include "conntrail/kernel/event_stream.h"

namespace conntrail::session {
namespace {

// Where cgroup v2 is mounted: /sys/fs/cgroup, or beside v1 hierarchies in a hybrid layout. Field 5 of
// /proc/self/mountinfo is the mount point, the file system type stands behind " - " (proc(5)).
std::optional<std::string> cgroup2_mount() {
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos || !line.substr(dash + 3).starts_with("cgroup2 ")) continue;
    const auto fields = split_words(std::string_view(line).substr(0, dash));
    if (fields.size() >= 5) return std::string(fields[4]);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> id_of_directory(const std::string& path) {
  const UniqueFd directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct statfs system {};
  struct stat info {};
  if (!directory || ::fstatfs(directory.get(), &system) != 0 || ::fstat(directory.get(), &info) != 0)
    return std::nullopt;
  // An inode number means nothing without its file system: version 1 and tmpfs use the same numbers.
  if (system.f_type != CGROUP2_SUPER_MAGIC) return std::nullopt;
  return info.st_ino;
}

Result<std::uint64_t> choose_cgroup(const std::string& value) {
  if (const auto number = parse_number<std::uint64_t>(value); number && *number != 0) return *number;
  if (const auto id = cgroup_id(value)) return *id;
  return fail_usage("--cgroup: '" + value + "' is not a cgroup", "no cgroup2 file system has this directory",
                    "write a path below the cgroup2 mount, such as /system.slice/nginx.service, or an id");
}

}  // namespace

std::optional<std::uint64_t> cgroup_id(std::string_view path) {
  const std::string text(path);
  if (const auto mount = cgroup2_mount()) {
    if (const auto id = id_of_directory(*mount + (text.starts_with('/') ? "" : "/") + text)) return id;
  }
  return text.starts_with('/') ? id_of_directory(text) : std::nullopt;
}

Result<std::vector<std::uint64_t>> choose_cgroups(const std::vector<std::string>& values) {
  // The kernel ignores a longer list, and then every event would pass.
  if (values.size() > kernel::kMaxFilterEntries)
    return fail_usage("--cgroup is given too often", {},
                      "name at most " + std::to_string(kernel::kMaxFilterEntries) + " cgroups");
  std::vector<std::uint64_t> ids;
  for (const std::string& value : values) {
    const auto id = choose_cgroup(value);
    if (!id) return std::unexpected(id.error());
    ids.push_back(*id);
  }
  return ids;
}

Result<void> keep_cgroups(const std::vector<std::uint64_t>& cgroups, const track::Tracker& tracker,
                          const SnapshotScope& scope, std::vector<SocketRow>& rows) {
  if (cgroups.empty()) return {};
  const bool untold = std::ranges::any_of(
      rows, [](const SocketRow& row) { return row.kind == SocketKind::full && row.cgroup_id == 0; });
  if (untold || !scope.has_cookies)
    return fail_unsupported("--cgroup: the cgroups of sockets cannot be read here",
                            "/proc/net does not tell them, and sock_diag does since Linux 5.8",
                            "leave --cgroup out, or choose another source: --source diag or --source bpf");
  std::erase_if(rows, [&](const SocketRow& row) {
    if (row.kind == SocketKind::full) return std::ranges::find(cgroups, row.cgroup_id) == cgroups.end();
    return row.cookie == 0 || tracker.find_by_cookie(row.cookie) == nullptr;
  });
  return {};
}

bool is_known_or_full(const track::Tracker& tracker, const SocketEvent& event) {
  if (event.kind != EventKind::reset_sent) return true;
  if (event.from != TcpState::time_wait && event.from != TcpState::syn_recv) return true;
  return event.cookie != 0 && tracker.find_by_cookie(event.cookie) != nullptr;
}

}  // namespace conntrail::session
