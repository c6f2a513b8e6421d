#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <array>
#include <cerrno>
#include <string>
#include <unordered_set>

#include "conntrail/base/text.h"
#include "conntrail/snapshot/snapshot.h"
#include "directory.h"
#include "hidden_namespaces.h"

namespace conntrail::snapshot {

namespace {

// Where ip-netns(8) and Docker mount namespaces under a name.
constexpr std::array<const char*, 2> kMountFolders{"/run/netns", "/run/docker/netns"};
constexpr const char* kOwnPath = "/proc/thread-self/ns/net";

// The inode of the network namespace that `path` opens; empty with errno set when there is none.
std::optional<std::uint32_t> namespace_inode(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  struct statfs filesystem {};
  if (::statfs(path.c_str(), &filesystem) != 0) return std::nullopt;
  if (filesystem.f_type != NSFS_MAGIC) {  // a name left over after its mount went is a plain empty file
    errno = EINVAL;
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(status.st_ino);
}

std::string path_of_process(std::uint32_t pid) { return fmt::format("/proc/{}/ns/net", pid); }

void add_mounted(NamespaceList& list, std::unordered_set<std::uint32_t>& seen) {
  for (const char* folder : kMountFolders) {
    Directory names(folder);
    if (!names) continue;
    while (const char* name = names.next()) {
      std::string path = fmt::format("{}/{}", folder, name);
      const auto inode = namespace_inode(path);
      if (!inode) continue;
      if (seen.insert(*inode).second) {
        list.namespaces.push_back({.inode = *inode, .path = std::move(path), .name = name});
        continue;
      }
      for (auto& known : list.namespaces) {
        if (known.inode == *inode && known.name.empty()) known.name = name;
      }
    }
  }
}

Result<void> add_of_processes(NamespaceList& list, std::unordered_set<std::uint32_t>& seen) {
  Directory processes("/proc");
  if (!processes) return fail_errno("cannot read /proc", errno);
  while (const char* name = processes.next()) {
    const auto pid = parse_number<std::uint32_t>(name);
    if (!pid) continue;
    struct stat status {};
    std::string path = path_of_process(*pid);
    if (::stat(path.c_str(), &status) != 0) {
      if (errno == EACCES || errno == EPERM) ++list.unreadable;
      continue;  // otherwise the process has just gone
    }
    const auto inode = static_cast<std::uint32_t>(status.st_ino);
    if (seen.insert(inode).second) {
      list.namespaces.push_back({.inode = inode, .path = std::move(path), .name = {}, .pid = *pid});
    }
    add_of_threads(list, seen, *pid);
  }
  return {};
}

Result<NetworkNamespace> namespace_at_path(std::string_view text) {
  const std::string path(text);
  const auto inode = namespace_inode(path);
  if (!inode) {
    const int error = errno;
    return fail_errno(fmt::format("no network namespace at {}", printable(text)), error,
                      "a path like /run/netns/NAME or /proc/PID/ns/net");
  }
  return NetworkNamespace{.inode = *inode, .path = path, .name = {}};
}

std::unexpected<Error> unknown_name(std::string_view text) {
  NamespaceList mounted;
  std::unordered_set<std::uint32_t> seen;
  add_mounted(mounted, seen);
  std::vector<std::string_view> names;
  names.reserve(mounted.namespaces.size());
  for (const auto& known : mounted.namespaces) names.push_back(known.name);
  const auto near = nearest(text, names);
  return fail_usage(
      fmt::format("no network namespace \"{}\"", printable(text)), {},
      near ? fmt::format("did you mean \"{}\"?", printable(*near))
           : std::string("a name under /run/netns, a path or a PID; \"ip netns\" lists the names"));
}

}  // namespace

Result<NetworkNamespace> own_namespace() {
  struct stat status {};
  if (::stat(kOwnPath, &status) != 0) {
    const int error = errno;
    return fail_errno(fmt::format("cannot read {}", kOwnPath), error, "is /proc mounted?");
  }
  return NetworkNamespace{.inode = static_cast<std::uint32_t>(status.st_ino), .path = kOwnPath, .name = {}};
}

std::vector<NetworkNamespace> named_namespaces() {
  NamespaceList list;
  std::unordered_set<std::uint32_t> seen;
  add_mounted(list, seen);
  return std::move(list.namespaces);
}

Result<NamespaceList> list_namespaces(Nanoseconds search) {
  const auto own = own_namespace();
  if (!own) return std::unexpected(own.error());
  NamespaceList list;
  std::unordered_set<std::uint32_t> seen{own->inode};
  list.namespaces.push_back(*own);
  // Mounted names first: their paths stay when processes come and go.
  add_mounted(list, seen);
  if (auto done = add_of_processes(list, seen); !done) return std::unexpected(done.error());
  if (search.count() > 0) add_hidden(list, seen, search);
  return list;
}

Result<NetworkNamespace> find_namespace(std::string_view name_path_or_pid) {
  const std::string_view text = name_path_or_pid;
  if (text.empty()) return fail_usage("a network namespace has no name", {}, "give a name, a path or a PID");
  if (text.find('\0') != std::string_view::npos) return unknown_name(text);
  if (text.find('/') != std::string_view::npos) return namespace_at_path(text);
  if (text != "." && text != "..") {
    for (const char* folder : kMountFolders) {
      std::string path = fmt::format("{}/{}", folder, text);
      if (const auto inode = namespace_inode(path)) {
        return NetworkNamespace{.inode = *inode, .path = std::move(path), .name = std::string(text)};
      }
    }
  }
  const auto pid = parse_number<std::uint32_t>(text);
  if (!pid) return unknown_name(text);
  std::string path = path_of_process(*pid);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    const int error = errno;
    return fail_errno(
        fmt::format("cannot read the network namespace of process {}", *pid), error,
        error == EACCES || error == EPERM ? "another user's process: needs CAP_SYS_PTRACE" : "");
  }
  return NetworkNamespace{
      .inode = static_cast<std::uint32_t>(status.st_ino), .path = std::move(path), .name = {}, .pid = *pid};
}

}  // namespace conntrail::snapshot
