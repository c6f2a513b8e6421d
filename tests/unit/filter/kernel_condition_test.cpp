// What of an expression the kernel can check: exact expectations. property_test.cpp shows that it is a
// superset.
#include "fixture.h"

namespace conntrail::filter::test {
namespace {

using Ports = std::vector<std::uint16_t>;

KernelCondition condition(std::string_view text) { return parsed(text).kernel_condition(); }

std::vector<IpPrefix> prefixes(std::initializer_list<std::string_view> texts) {
  std::vector<IpPrefix> result;
  for (const std::string_view text : texts) result.push_back(IpPrefix::parse(text).value());
  return result;
}

const KernelCondition kAny{};

TEST(KernelCondition, of_single_terms) {
  EXPECT_EQ(condition("sport = :443").local_ports, Ports{443});
  EXPECT_EQ(condition("dport = :443").remote_ports, Ports{443});
  EXPECT_EQ(condition("port = :443").either_ports, Ports{443});
  EXPECT_EQ(condition("src 10.1.0.0/8").local_prefixes, prefixes({"10.0.0.0/8"}));
  EXPECT_EQ(condition("dst [fe80::1]").remote_prefixes, prefixes({"fe80::1/128"}));
  EXPECT_EQ(condition("addr 10.0.0.0/8").either_prefixes, prefixes({"10.0.0.0/8"}));
  EXPECT_EQ(condition("netns = blue").namespaces, (std::vector<NamespaceId>{{4026532001U, 7001}}));
  EXPECT_EQ(condition("family inet6").family, Family::inet6);
  EXPECT_EQ(condition("family != inet6").family, Family::inet);
  EXPECT_EQ(condition("src 10.0.0.0/8").family, Family::unspecified);  // v4-mapped sockets are inet6
  EXPECT_EQ(condition("src 10.0.0.1:22").local_ports, Ports{22});
}

TEST(KernelCondition, knows_nothing_of_other_terms_and_of_complements) {
  for (const std::string text :
       {"", "state established", "pid 1", "comm nginx", "age > 1s", "owner", "reason refused",
        "netns != blue", "cgroup 4242", "cgroup != 1", "src != 10.0.0.0/8", "sport != :443",
        "not addr 10.0.0.0/8", "not src 10.0.0.1:22"})
    EXPECT_EQ(condition(text), kAny) << text;
}

TEST(KernelCondition, conjunctions_narrow) {
  const KernelCondition both =
      condition("sport = :443 dst 10.0.0.0/8 netns blue state established comm nginx");
  EXPECT_EQ(both.local_ports, Ports{443});
  EXPECT_EQ(both.remote_prefixes, prefixes({"10.0.0.0/8"}));
  EXPECT_EQ(both.namespaces.size(), 1U);
  EXPECT_EQ(condition("sport >= :1024 and sport < :1027").local_ports, (Ports{1024, 1025, 1026}));
  EXPECT_EQ(condition("src 10.0.0.0/8 src 10.1.0.0/16").local_prefixes, prefixes({"10.1.0.0/16"}));
  // The cookie is known of one of the two only: they may be the same.
  EXPECT_EQ(condition("netns 4026532001 netns blue").namespaces,
            (std::vector<NamespaceId>{{4026532001U, 7001}}));
  EXPECT_EQ(condition("netns blue netns 4026532002"), kAny);
  EXPECT_EQ(condition("sport = :1 sport = :2"), kAny);  // matches nothing, and so anything is a superset
  EXPECT_EQ(condition("port = :1 port = :2").either_ports, Ports{1});  // one end each: no intersection
}

TEST(KernelCondition, unions_for_or) {
  EXPECT_EQ(condition("sport = :80 or sport = :443").local_ports, (Ports{80, 443}));
  EXPECT_EQ(condition("sport = :80 or dport = :443").either_ports, (Ports{80, 443}));
  EXPECT_EQ(condition("sport = :22 or dport = :22").either_ports, Ports{22});
  EXPECT_EQ(condition("( sport = :22 or dport = :22 ) dst 10/8").remote_prefixes, prefixes({"10.0.0.0/8"}));
  EXPECT_EQ(condition("src 10/8 or dst 11/8").either_prefixes, prefixes({"10.0.0.0/8", "11.0.0.0/8"}));
  EXPECT_EQ(condition("src 10/8 or src 10.1/16").local_prefixes, prefixes({"10.0.0.0/8"}));
  EXPECT_EQ(condition("sport = :80 or pid 1"), kAny);
  EXPECT_EQ(condition("sport = :80 or src 10/8"), kAny);
  EXPECT_EQ(condition("family inet or family inet6").family, Family::unspecified);
  EXPECT_EQ(condition("netns = blue or netns 4026532002").namespaces.size(), 2U);
  EXPECT_EQ(condition("sport = :80 pid 1 or sport = :81 pid 2").local_ports, (Ports{80, 81}));
  EXPECT_EQ(condition("( sport = :1 sport = :2 ) or sport = :3").local_ports, Ports{3});
}

TEST(KernelCondition, de_morgan) {
  EXPECT_EQ(condition("not ( sport != :80 or pid 1 )").local_ports, Ports{80});
  EXPECT_EQ(condition("not ( sport != :80 and sport != :81 )").local_ports, (Ports{80, 81}));
  EXPECT_EQ(condition("! ! sport = :80").local_ports, Ports{80});
  // Port 0 lies in neither range, and so in the negation of both.
  EXPECT_EQ(condition("! ( sport < :80 or sport > :82 )").local_ports, (Ports{0, 80, 81, 82}));
}

TEST(KernelCondition, at_most_sixteen_entries) {
  EXPECT_EQ(condition("sport >= :1000 sport <= :1015").local_ports.size(), 16U);
  EXPECT_EQ(condition("sport >= :1000 sport <= :1016"), kAny);
  EXPECT_EQ(condition("sport > :65530").local_ports.size(), 5U);
  std::string sixteen;
  for (int i = 0; i < 16; ++i)
    sixteen += (i == 0 ? "" : " or ") + ("dst 10." + std::to_string(i) + ".0.0/16");
  EXPECT_EQ(condition(sixteen).remote_prefixes.size(), 16U);
  EXPECT_EQ(condition(sixteen + " or dst 11/8"), kAny);
  EXPECT_EQ(condition("( " + sixteen + " or dst 11/8 ) and dst 10.3.0.0/16").remote_prefixes,
            prefixes({"10.3.0.0/16"}));
}

TEST(KernelCondition, admits_what_is_not_known_yet) {
  const KernelCondition c = condition("sport = :22 dport = :23 src 10/8 dst 11/8 netns blue family inet");
  FourTuple tuple{4026532001U, Family::inet, endpoint("10.0.0.1", 22), endpoint("11.0.0.1", 23)};
  EXPECT_TRUE(c.admits(tuple));
  EXPECT_TRUE(c.admits(FourTuple{}));
  FourTuple other = tuple;
  other.local.port = 24;
  EXPECT_FALSE(c.admits(other));
  other.local.port = 0;
  EXPECT_TRUE(c.admits(other));
  other = tuple;
  other.remote.address = IpAddress::parse("12.0.0.1").value();
  EXPECT_FALSE(c.admits(other));
  other.remote.address = IpAddress::parse("::").value();
  EXPECT_TRUE(c.admits(other));
  other = tuple;
  other.family = Family::inet6;
  EXPECT_FALSE(c.admits(other));
  other = tuple;
  other.netns = 1;
  EXPECT_FALSE(c.admits(other));
  other = tuple;
  other.netns_cookie = 7001;
  EXPECT_TRUE(c.admits(other));
  other.netns_cookie = 7002;  // another one that got the number
  EXPECT_FALSE(c.admits(other));
}

}  // namespace
}  // namespace conntrail::filter::test
