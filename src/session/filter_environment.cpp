#include "conntrail/session/filter_environment.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>

#include <algorithm>
#include <array>

#include "conntrail/base/text.h"
#include "conntrail/session/cgroup.h"

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

// Where it cannot be entered, its inode number has to do.
NamespaceId id_of(const snapshot::NetworkNamespace& found) {
  return {found.inode, snapshot::ask_cookie(found).value_or(0)};
}

std::optional<NamespaceId> network_namespace(std::string_view name) {
  const auto found = name == "self" ? snapshot::own_namespace() : snapshot::find_namespace(name);
  if (found) return id_of(*found);
  const auto inode = parse_number<std::uint32_t>(name);
  return inode ? std::optional(NamespaceId{.inode = *inode}) : std::nullopt;
}

// Of a recording. The host's own namespace is looked for by its inode number, which stays the same from boot
// to boot and whose cookie need not.
std::optional<NamespaceId> recorded_namespace(std::string_view name) {
  auto found = network_namespace(name);
  const auto own = snapshot::own_namespace();
  if (found && own && found->inode == own->inode) found->cookie = 0;
  return found;
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

filter::Environment recorded_environment() { return {service_port, user_id, cgroup_id, recorded_namespace}; }

Result<NamespaceChoice> choose_namespaces(const std::vector<std::string>& values) {
  NamespaceChoice choice;
  if (values.empty() || std::ranges::find(values, "all") != values.end()) return choice;
  choice.all = false;
  for (const std::string& value : values) {
    auto chosen = choose_namespace(value);
    if (!chosen) return std::unexpected(chosen.error());
    chosen->cookie = id_of(*chosen).cookie;
    const bool twice = std::ranges::find(choice.chosen, chosen->inode, &snapshot::NetworkNamespace::inode) !=
                       choice.chosen.end();
    if (!twice) choice.chosen.push_back(std::move(*chosen));
  }
  return choice;
}

kernel::KernelFilter kernel_filter(const filter::Filter& filter, const NamespaceChoice& namespaces) {
  const filter::KernelCondition condition = filter.kernel_condition();
  kernel::KernelFilter result;
  result.local_ports = condition.local_ports;
  result.remote_ports = condition.remote_ports;
  result.either_ports = condition.either_ports;
  result.local_prefixes = condition.local_prefixes;
  result.remote_prefixes = condition.remote_prefixes;
  result.either_prefixes = condition.either_prefixes;
  result.family = condition.family;
  result.namespaces = condition.namespaces;
  if (!namespaces.all && result.namespaces.empty()) {
    for (const auto& ns : namespaces.chosen) result.namespaces.push_back({ns.inode, ns.cookie});
  }
  return result;
}

Nanoseconds resync_interval(const kernel::KernelFilter& filter) {
  const bool asks_local = !filter.local_ports.empty() || !filter.either_ports.empty() ||
                          !filter.local_prefixes.empty() || !filter.either_prefixes.empty();
  if (!asks_local) return Nanoseconds(0);
  return std::chrono::seconds(30);
}

}  // namespace conntrail::session
