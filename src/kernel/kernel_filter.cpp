#include "kernel_filter.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace conntrail::kernel {
namespace {

static_assert(kMaxFilterEntries == CT_FILTER_MAX);

template <class From, class To>
void copy_list(const std::vector<From>& from, To (&to)[CT_FILTER_MAX], __u32& count) {
  if (from.size() > kMaxFilterEntries) return;
  std::copy(from.begin(), from.end(), to);
  count = static_cast<__u32>(from.size());
}

void copy_namespaces(const std::vector<NamespaceId>& from, ct_filter& out) {
  if (from.size() > kMaxFilterEntries) return;
  std::ranges::transform(from, out.namespaces, &NamespaceId::inode);
  std::ranges::transform(from, out.namespace_cookies, &NamespaceId::cookie);
  out.namespace_count = static_cast<__u32>(from.size());
}

ct_prefix prefix_of(const IpPrefix& prefix) {
  ct_prefix out{};
  out.family = static_cast<__u32>(prefix.address.family);
  const unsigned width = prefix.address.family == Family::inet ? 32 : 128;
  const unsigned length = std::min<unsigned>(prefix.length, width);
  std::array<std::uint8_t, 16> mask{};
  for (unsigned bit = 0; bit < length; ++bit)
    mask[bit / 8] = static_cast<std::uint8_t>(mask[bit / 8] | (0x80U >> (bit % 8)));
  std::array<std::uint8_t, 16> address = prefix.address.bytes;
  for (std::size_t i = 0; i < address.size(); ++i)
    address[i] = static_cast<std::uint8_t>(address[i] & mask[i]);
  std::memcpy(out.mask, mask.data(), mask.size());
  std::memcpy(out.address, address.data(), address.size());
  return out;
}

void copy_prefixes(const std::vector<IpPrefix>& from, ct_prefix (&to)[CT_FILTER_MAX], __u32& count) {
  if (from.size() > kMaxFilterEntries) return;
  std::transform(from.begin(), from.end(), to, prefix_of);
  count = static_cast<__u32>(from.size());
}

}  // namespace

ct_filter to_kernel(const KernelFilter& filter) {
  ct_filter out{};
  out.family = static_cast<__u32>(filter.family);
  copy_namespaces(filter.namespaces, out);
  copy_list(filter.cgroup_ids, out.cgroups, out.cgroup_count);
  copy_list(filter.local_ports, out.local_ports, out.local_port_count);
  copy_list(filter.remote_ports, out.remote_ports, out.remote_port_count);
  copy_list(filter.either_ports, out.either_ports, out.either_port_count);
  copy_prefixes(filter.local_prefixes, out.local_prefixes, out.local_prefix_count);
  copy_prefixes(filter.remote_prefixes, out.remote_prefixes, out.remote_prefix_count);
  copy_prefixes(filter.either_prefixes, out.either_prefixes, out.either_prefix_count);
  out.active = (out.family | out.namespace_count | out.cgroup_count | out.local_port_count |
                out.remote_port_count | out.either_port_count | out.local_prefix_count |
                out.remote_prefix_count | out.either_prefix_count) != 0
                   ? 1
                   : 0;
  return out;
}

}  // namespace conntrail::kernel
