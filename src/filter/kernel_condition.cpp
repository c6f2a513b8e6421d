#include <algorithm>

#include "conntrail/filter/filter.h"

namespace conntrail::filter {
namespace {

template <class Value>
bool listed_or_unknown(const std::vector<Value>& list, Value value) {
  return list.empty() || value == 0 || std::find(list.begin(), list.end(), value) != list.end();
}

bool listed_or_unknown(const std::vector<NamespaceId>& list, const NamespaceId& id) {
  return list.empty() || id.inode == 0 ||
         std::any_of(list.begin(), list.end(),
                     [&](const NamespaceId& listed) { return may_be_same(listed, id); });
}

// A listener's remote address is "any", an unconnected socket's local one too: not known yet.
bool listed_or_unknown(const std::vector<IpPrefix>& list, const IpAddress& address) {
  return list.empty() || address.is_any() ||
         std::any_of(list.begin(), list.end(),
                     [&](const IpPrefix& prefix) { return prefix.contains(address); });
}

}  // namespace

bool KernelCondition::admits(const FourTuple& tuple) const {
  const Endpoint& local = tuple.local;
  const Endpoint& remote = tuple.remote;
  return (family == Family::unspecified || tuple.family == Family::unspecified || tuple.family == family) &&
         listed_or_unknown(namespaces, tuple.network_namespace()) &&
         listed_or_unknown(local_ports, local.port) && listed_or_unknown(remote_ports, remote.port) &&
         (listed_or_unknown(either_ports, local.port) || listed_or_unknown(either_ports, remote.port)) &&
         listed_or_unknown(local_prefixes, local.address) &&
         listed_or_unknown(remote_prefixes, remote.address) &&
         (listed_or_unknown(either_prefixes, local.address) ||
          listed_or_unknown(either_prefixes, remote.address));
}

}  // namespace conntrail::filter
