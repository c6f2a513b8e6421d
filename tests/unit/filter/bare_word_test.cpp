// A word that is no term is taken as what it obviously is.
#include "fixture.h"

namespace conntrail::filter::test {
namespace {

Connection dual_stack() {
  Connection c = web();
  c.tuple.family = Family::inet6;
  c.tuple.local = endpoint("::1", 80);
  c.tuple.remote = endpoint("::1", 50001);
  c.owner.comm = "redis-server";
  c.holders.clear();
  return c;
}

// Each means exactly what its term means, of a connection that fits and of one that does not.
TEST(BareWord, IsThePortTheAddressOrTheProgram) {
  const std::vector<std::pair<std::string, std::string>> same{
      {":443", "port = :443"},
      {":https", "port = :https"},
      {"*:443", "port = :443"},
      {":50001", "port = :50001"},
      {"10.1.2.3", "addr 10.1.2.3"},
      {"10.1.2.4", "addr 10.1.2.4"},
      {"10.0.0.0/8", "addr 10.0.0.0/8"},
      {"10/8", "addr 10/8"},
      {"192.168.0.1:443", "addr 192.168.0.1:443"},
      {"192.168.0.1:444", "addr 192.168.0.1:444"},
      {"::1", "addr ::1"},
      {"[::1]:80", "addr [::1]:80"},
      {"[::1]:81", "addr [::1]:81"},
      {"[fe80::]/10", "addr [fe80::]/10"},
      {"*", "addr *"},
      {"nginx", "comm nginx"},
      {"helper", "comm helper"},
      {"redis*", "comm redis*"},
      {"nginx/812", "owner nginx/812"},
      {"nginx/813", "owner nginx/813"},
      {"redis-server", "comm redis-server"},
      {"python3.11", "comm python3.11"},
      {"\"sort\"", "comm sort"},
      {"\"nginx\"", "comm nginx"},
      {"not nginx", "not comm nginx"},
      {"nginx or redis-server", "comm nginx or comm redis-server"},
      {"(nginx) and :443", "comm nginx and port = :443"},
      {":443 nginx", "port = :443 comm nginx"},
      {"state established nginx", "state established comm nginx"},
      {"nginx state close-wait", "comm nginx state close-wait"},
      {"nginx 10.1.2.3 :443", "comm nginx addr 10.1.2.3 port = :443"},
      {"dport > :1024 nginx", "dport > :1024 comm nginx"},
  };
  for (const auto& [bare, term] : same) {
    for (const Connection& c : {web(), dual_stack()}) EXPECT_EQ(holds(bare, c), holds(term, c)) << bare;
    EXPECT_EQ(parsed(bare).kernel_condition(), parsed(term).kernel_condition()) << bare;
  }
  EXPECT_TRUE(holds("nginx :443 10.0.0.0/8"));
  EXPECT_FALSE(holds("apache2"));
}

TEST(BareWord, IsAnErrorWhereItMayBeSeveralThings) {
  for (const std::string text :
       {"443", "sort", "ports", "stat", "established", "estblished", "tcp", "host 10.0.0.1", "nginx redis",
        "comm nginx worker", "owner nginx worker", "example.org:80", "/usr/sbin/nginx", "nginx = 3",
        ":443 = 3", "\"nginx\" = 3", "10.0.0.300", "[::1"})
    EXPECT_NE(error_of(text), "") << text;
}

// A value of another term stays one.
TEST(BareWord, IsNoValueOfTheTermInFrontOfIt) {
  EXPECT_TRUE(holds("comm nginx"));
  EXPECT_TRUE(holds("state established nginx"));
  EXPECT_FALSE(holds("state established redis-server"));
  EXPECT_TRUE(holds("owner nginx"));
  EXPECT_FALSE(holds("owner helper"));  // it has the connection open, too, but does not own it
  EXPECT_TRUE(holds("owner and helper"));
}

}  // namespace
}  // namespace conntrail::filter::test
