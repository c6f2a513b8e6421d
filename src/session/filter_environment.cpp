#include "conntrail/session/filter_environment.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "conntrail/base/text.h"

namespace conntrail::session {
namespace {

std::optional<std::uint16_t> service_port(std::string_view name) {
  const std::string text(name);
  servent entry{};
  servent* found = nullptr;
  std::array<char, 4096> buffer{};
  if (getservbyname_r(text.c_str(), "tcp", &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr)
    return std::nullopt;
  return ntohs(static_cast<std::uint16_t>(found->s_port));
}

std::optional<std::uint32_t> user_id(std::string_view name) {
  const std::string text(name);
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 16384> buffer{};
  if (getpwnam_r(text.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return std::nullopt;
  return found->pw_uid;
}

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

std::optional<std::uint64_t> cgroup_id(std::string_view path) {
  const auto mount = cgroup2_mount();
  struct stat info {};
  const std::string text(path);
  if (mount) {
    const std::string below = *mount + (text.starts_with('/') ? "" : "/") + text;
    // The id of a v2 cgroup is the inode number of its directory (kernfs, 64-bit systems).
    if (::stat(below.c_str(), &info) == 0) return info.st_ino;
  }
  if (text.starts_with('/') && ::stat(text.c_str(), &info) == 0) return info.st_ino;
  return std::nullopt;
}

std::optional<std::uint32_t> network_namespace(std::string_view name) {
  if (name == "self") {
    const auto own = snapshot::own_namespace();
    return own ? std::optional(own->inode) : std::nullopt;
  }
  const auto found = snapshot::find_namespace(name);
  if (found) return found->inode;
  return parse_number<std::uint32_t>(name);
}

Result<snapshot::NetworkNamespace> choose_namespace(const std::string& value) {
  if (value == "self") return snapshot::own_namespace();
  auto found = snapshot::find_namespace(value);
  if (found) return found;
  if (const auto inode = parse_number<std::uint32_t>(value)) {
    auto list = snapshot::list_namespaces();
    if (!list) return std::unexpected(list.error());
    const auto match =
        std::ranges::find_if(list->namespaces, [&](const auto& ns) { return ns.inode == *inode; });
    if (match != list->namespaces.end()) return *match;
  }
  return found;
}

}  // namespace

filter::Environment host_environment() { return {service_port, user_id, cgroup_id, network_namespace}; }

Result<NamespaceChoice> choose_namespaces(const std::vector<std::string>& values) {
  NamespaceChoice choice;
  if (values.empty() || std::ranges::find(values, "all") != values.end()) return choice;
  choice.all = false;
  for (const std::string& value : values) {
    auto chosen = choose_namespace(value);
    if (!chosen) return std::unexpected(chosen.error());
    choice.chosen.push_back(std::move(*chosen));
  }
  return choice;
}

kernel::KernelFilter kernel_filter(const filter::Filter& filter, const NamespaceChoice& namespaces) {
  const filter::KernelCondition condition = filter.kernel_condition();
  kernel::KernelFilter result;
  result.local_ports = condition.local_ports;
  result.remote_ports = condition.remote_ports;
  result.local_prefixes = condition.local_prefixes;
  result.remote_prefixes = condition.remote_prefixes;
  result.family = condition.family;
  result.namespaces = condition.namespaces;
  if (!namespaces.all && result.namespaces.empty()) {
    for (const auto& ns : namespaces.chosen) result.namespaces.push_back(ns.inode);
  }
  return result;
}

Nanoseconds resync_interval(const kernel::KernelFilter& filter) {
  if (filter.local_ports.empty() && filter.local_prefixes.empty()) return Nanoseconds(0);
  return std::chrono::seconds(30);
}

}  // namespace conntrail::session
