#include "kernel_filter.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace conntrail::kernel {
namespace {

IpPrefix prefix(std::string_view address, std::uint8_t length) {
  return {.address = IpAddress::parse(address).value_or(IpAddress{}), .length = length};
}

TEST(KernelFilter, EmptyCostsNothing) {
  const ct_filter out = to_kernel({});
  EXPECT_EQ(out.active, 0U);
}

TEST(KernelFilter, EachCriterionMakesItActive) {
  KernelFilter ports;
  ports.local_ports = {80, 443};
  const ct_filter out = to_kernel(ports);
  EXPECT_EQ(out.active, 1U);
  EXPECT_EQ(out.local_port_count, 2U);
  EXPECT_EQ(out.local_ports[0], 80);
  EXPECT_EQ(out.local_ports[1], 443);
  EXPECT_EQ(out.remote_port_count, 0U);

  KernelFilter family;
  family.family = Family::inet6;
  EXPECT_EQ(to_kernel(family).active, 1U);
  EXPECT_EQ(to_kernel(family).family, 10U);
}

TEST(KernelFilter, EveryListAloneMakesItActive) {
  KernelFilter cgroup;
  cgroup.cgroup_ids = {7, std::uint64_t{1} << 40};
  EXPECT_EQ(to_kernel(cgroup).active, 1U);
  EXPECT_EQ(to_kernel(cgroup).cgroup_count, 2U);
  EXPECT_EQ(to_kernel(cgroup).cgroups[1], std::uint64_t{1} << 40);
  KernelFilter port;
  port.either_ports = {443};
  EXPECT_EQ(to_kernel(port).active, 1U);
  EXPECT_EQ(to_kernel(port).either_port_count, 1U);
  EXPECT_EQ(to_kernel(port).either_ports[0], 443);
  KernelFilter address;
  address.either_prefixes = {prefix("10.1.2.3", 9)};
  EXPECT_EQ(to_kernel(address).active, 1U);
  EXPECT_EQ(to_kernel(address).either_prefix_count, 1U);
  EXPECT_EQ(to_kernel(address).either_prefixes[0].address[0], htonl(0x0a000000));
}

TEST(KernelFilter, PrefixesLoseTheirHostBits) {
  KernelFilter filter;
  filter.remote_prefixes.push_back(prefix("10.1.2.3", 9));
  filter.remote_prefixes.push_back(prefix("fe80::1", 10));
  filter.remote_prefixes.push_back(prefix("0.0.0.0", 0));
  filter.remote_prefixes.push_back(prefix("192.0.2.1", 200));
  const ct_filter out = to_kernel(filter);
  ASSERT_EQ(out.remote_prefix_count, 4U);
  EXPECT_EQ(out.remote_prefixes[0].family, 2U);
  EXPECT_EQ(out.remote_prefixes[0].mask[0], htonl(0xff800000));
  EXPECT_EQ(out.remote_prefixes[0].address[0], htonl(0x0a000000));
  EXPECT_EQ(out.remote_prefixes[1].family, 10U);
  EXPECT_EQ(out.remote_prefixes[1].mask[0], htonl(0xffc00000));
  EXPECT_EQ(out.remote_prefixes[1].mask[3], 0U);
  EXPECT_EQ(out.remote_prefixes[1].address[0], htonl(0xfe800000));
  EXPECT_EQ(out.remote_prefixes[1].address[3], 0U);
  EXPECT_EQ(out.remote_prefixes[2].mask[0], 0U);
  EXPECT_EQ(out.remote_prefixes[3].mask[0], 0xffffffffU) << "too long a prefix is the address itself";
}

TEST(KernelFilter, AListThatIsTooLongIsLeftToTheCaller) {
  KernelFilter filter;
  for (std::uint16_t port = 0; port <= kMaxFilterEntries; ++port) filter.remote_ports.push_back(port);
  filter.namespaces = {{.inode = 1, .cookie = 7}};
  const ct_filter out = to_kernel(filter);
  EXPECT_EQ(out.remote_port_count, 0U);
  EXPECT_EQ(out.namespace_count, 1U);
  EXPECT_EQ(out.namespaces[0], 1U);
  EXPECT_EQ(out.namespace_cookies[0], 7U);
}

}  // namespace
}  // namespace conntrail::kernel
