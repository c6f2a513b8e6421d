#include "conntrail/model/endpoint.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace conntrail {
namespace {

Endpoint at(std::string_view address, std::uint16_t port) {
  return {IpAddress::parse(address).value(), port};
}

TEST(Endpoint, text) {
  EXPECT_EQ(to_string(at("10.0.0.1", 80)), "10.0.0.1:80");
  EXPECT_EQ(to_string(at("fe80::1", 65535)), "[fe80::1]:65535");
  EXPECT_EQ(to_string(at("::ffff:10.0.0.1", 80)), "10.0.0.1:80");  // as its peer shows it
  EXPECT_EQ(exact_string(at("::ffff:10.0.0.1", 80)), "[::ffff:10.0.0.1]:80");
  EXPECT_EQ(exact_string(at("10.0.0.1", 80)), "10.0.0.1:80");
  EXPECT_EQ(to_string(at("0.0.0.0", 0)), "0.0.0.0:*");
  EXPECT_EQ(to_string(Endpoint{}), "*:*");
  std::string text = "to ";
  append(text, at("10.0.0.1", 1));
  EXPECT_EQ(text, "to 10.0.0.1:1");
}

TEST(Endpoint, ExactTextIsMadePlain) {
  EXPECT_EQ(plain_string(IpAddress::parse("::ffff:10.0.0.1").value()), "10.0.0.1");
  EXPECT_EQ(plain_string(IpAddress::parse("fe80::1").value()), "fe80::1");
  EXPECT_EQ(plain_string(std::string("::ffff:10.0.0.1")), "10.0.0.1");
  EXPECT_EQ(plain_string(std::string("[::ffff:10.0.0.1]:80")), "10.0.0.1:80");
  for (const std::string same : {"", "10.0.0.1:80", "[fe80::1]:80", "::ffff", "::ffff:1", "[::ffff:10.0.0.1",
                                 "nginx/1", "[::ffff:10.0.0.1]x", "::ffff:10.0.0.1:80"})
    EXPECT_EQ(plain_string(same), same);
}

TEST(FourTuple, equality_and_hash) {
  const FourTuple tuple{1, Family::inet, at("10.0.0.1", 80), at("10.0.0.2", 5000)};
  const std::hash<FourTuple> hash;
  FourTuple same = tuple;
  EXPECT_EQ(same, tuple);
  EXPECT_EQ(hash(same), hash(tuple));
  FourTuple turned = tuple;
  std::swap(turned.local, turned.remote);
  EXPECT_NE(turned, tuple);
  EXPECT_NE(hash(turned), hash(tuple));
  FourTuple other_namespace = tuple;
  other_namespace.netns = 2;
  EXPECT_NE(hash(other_namespace), hash(tuple));
}

TEST(FourTuple, hashes_of_one_clients_ports_differ) {
  std::unordered_set<std::size_t> hashes;
  const std::hash<FourTuple> hash;
  for (std::uint16_t port = 1; port < 60001; ++port)
    hashes.insert(hash({1, Family::inet, at("10.0.0.1", port), at("10.0.0.2", 80)}));
  EXPECT_EQ(hashes.size(), 60000U);
}

}  // namespace
}  // namespace conntrail
