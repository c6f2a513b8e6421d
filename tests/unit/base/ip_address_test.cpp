#include "conntrail/base/ip_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <unordered_set>

namespace conntrail {
namespace {

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }
IpPrefix net(std::string_view text) { return IpPrefix::parse(text).value(); }

TEST(IpAddress, reads_numeric_text_only) {
  EXPECT_EQ(ip("10.0.0.1"), IpAddress::v4({10, 0, 0, 1}));
  EXPECT_EQ(ip("::1").family, Family::inet6);
  EXPECT_EQ(ip("::ffff:1.2.3.4").family, Family::inet6);
  for (const std::string_view bad : {"", " 10.0.0.1", "10.0.0.1 ", "10.0.0", "10.0.0.256", "10.0.0.1.2",
                                     "localhost", "[::1]", "fe80::1%lo", ":", ":::", "1::2::3", "10.0.0.1/8",
                                     "2001:db8:2001:db8:2001:db8:2001:db8:2001:db8:2001:db8"})
    EXPECT_FALSE(IpAddress::parse(bad)) << bad;
  EXPECT_FALSE(IpAddress::parse(std::string_view("10.0.0.1\0x", 10)));
  EXPECT_FALSE(IpAddress::parse(std::string_view("::1\0", 4)));
}

TEST(IpAddress, kinds) {
  EXPECT_TRUE(ip("0.0.0.0").is_any());
  EXPECT_TRUE(ip("::").is_any());
  EXPECT_FALSE(ip("::1").is_any());
  EXPECT_TRUE(ip("::ffff:10.0.0.1").is_v4_mapped());
  EXPECT_FALSE(ip("::10.0.0.1").is_v4_mapped());
  EXPECT_FALSE(ip("10.0.0.1").is_v4_mapped());
  EXPECT_EQ(ip("::ffff:10.0.0.1").unmapped(), ip("10.0.0.1"));
  EXPECT_EQ(ip("fe80::1").unmapped(), ip("fe80::1"));
  EXPECT_EQ(family_name(Family::inet), "inet");
  EXPECT_EQ(family_name(Family::inet6), "inet6");
  EXPECT_EQ(family_name(Family::unspecified), "unspecified");
}

// inet_ntop is the judge of every text.
TEST(IpAddress, prints_as_inet_ntop) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::array<std::uint8_t, 16> bytes{};
    for (auto& byte : bytes) byte = random() % 3 == 0 ? static_cast<std::uint8_t>(random()) : std::uint8_t{0};
    if (i % 5 == 0) bytes[10] = bytes[11] = 0xff;
    char expected[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, bytes.data(), expected, sizeof expected);
    const IpAddress v6 = IpAddress::v6(bytes);
    EXPECT_EQ(to_string(v6), expected);
    EXPECT_EQ(ip(expected), v6);
    inet_ntop(AF_INET, bytes.data(), expected, sizeof expected);
    const IpAddress v4 = IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
    EXPECT_EQ(to_string(v4), expected);
    EXPECT_EQ(ip(expected), v4);
  }
  EXPECT_EQ(to_string(ip("::ffff:127.0.0.1")), "::ffff:127.0.0.1");
  EXPECT_EQ(to_string(IpAddress{}), "*");
  std::string text = "at ";
  append(text, ip("10.0.0.1"));
  EXPECT_EQ(text, "at 10.0.0.1");
}

TEST(IpAddress, hashes_differ_for_neighbours) {
  std::unordered_set<std::size_t> hashes;
  for (int i = 0; i < 65536; ++i)
    hashes.insert(std::hash<IpAddress>()(
        IpAddress::v4({10, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)})));
  EXPECT_GT(hashes.size(), 65500U);
  EXPECT_NE(std::hash<IpAddress>()(ip("0.0.0.0")), std::hash<IpAddress>()(ip("::")));
}

TEST(IpPrefix, reads_and_clears_host_bits) {
  EXPECT_EQ(net("10.1.2.3/8"), net("10.0.0.0/8"));
  EXPECT_EQ(net("10.1.2.3/8").address, ip("10.0.0.0"));
  EXPECT_EQ(net("10.1.2.3/15").address, ip("10.0.0.0"));
  EXPECT_EQ(net("fe80::1/10").address, ip("fe80::"));
  EXPECT_EQ(net("ffff::/3").address, ip("e000::"));
  EXPECT_EQ(net("10.1.2.3").length, 32);
  EXPECT_EQ(net("::1").length, 128);
  for (const std::string_view bad :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/+1", "10.0.0.0/8 ",
        "10.0.0.0/8/8", "10.0.0.0/a", "10.0.0.0/255.0.0.0", "10/8", "::/18446744073709551617"})
    EXPECT_FALSE(IpPrefix::parse(bad)) << bad;
}

TEST(IpPrefix, contains) {
  EXPECT_TRUE(net("10.0.0.0/8").contains(ip("10.255.255.255")));
  EXPECT_FALSE(net("10.0.0.0/8").contains(ip("11.0.0.0")));
  EXPECT_TRUE(net("10.0.0.0/9").contains(ip("10.127.0.0")));
  EXPECT_FALSE(net("10.0.0.0/9").contains(ip("10.128.0.0")));
  EXPECT_TRUE(net("10.0.0.1").contains(ip("10.0.0.1")));
  EXPECT_FALSE(net("10.0.0.1").contains(ip("10.0.0.0")));
  EXPECT_TRUE(net("10.0.0.0/8").contains(ip("::ffff:10.1.1.1")));
  EXPECT_FALSE(net("10.0.0.0/8").contains(ip("::ffff:11.1.1.1")));
  EXPECT_FALSE(net("10.0.0.0/8").contains(ip("::10.1.1.1")));
  EXPECT_TRUE(net("0.0.0.0/0").contains(ip("255.255.255.255")));
  EXPECT_TRUE(net("0.0.0.0/0").contains(ip("::ffff:1.1.1.1")));
  EXPECT_FALSE(net("0.0.0.0/0").contains(ip("::1")));
  EXPECT_TRUE(net("::/0").contains(ip("fe80::1")));
  EXPECT_FALSE(net("::/0").contains(ip("10.0.0.1")));
  EXPECT_TRUE(net("fe80::/10").contains(ip("febf::1")));
  EXPECT_FALSE(net("fe80::/10").contains(ip("fec0::1")));
  EXPECT_FALSE(net("0.0.0.0/0").contains(IpAddress{}));
}

// The plain definition: the first `length` bits are equal.
TEST(IpPrefix, contains_is_equality_of_the_first_bits) {
  std::mt19937 random(2);
  for (int i = 0; i < 5000; ++i) {
    std::array<std::uint8_t, 4> a{static_cast<std::uint8_t>(random()), static_cast<std::uint8_t>(random()), 0,
                                  7};
    std::array<std::uint8_t, 4> b = a;
    b[random() % 4] ^= static_cast<std::uint8_t>(1U << (random() % 8));
    const auto length = static_cast<unsigned>(random() % 33);
    bool same = true;
    for (unsigned bit = 0; bit < length; ++bit)
      same = same && ((a[bit / 8] ^ b[bit / 8]) >> (7 - bit % 8) & 1) == 0;
    const IpPrefix prefix = net(to_string(IpAddress::v4(a)) + "/" + std::to_string(length));
    EXPECT_EQ(prefix.contains(IpAddress::v4(b)), same) << to_string(IpAddress::v4(a)) << "/" << length;
  }
}

}  // namespace
}  // namespace conntrail

namespace conntrail {
namespace {

// The text is made by hand (speed); the C library is the truth, here over addresses rich in zero groups.
TEST(IpAddressText, EqualsTheCLibrarysForRandomAddresses) {
  std::mt19937 random(20261120);
  for (int round = 0; round < 200'000; ++round) {
    std::array<std::uint8_t, 16> bytes{};
    const auto groups = random();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (((groups >> (i / 2)) & 1U) != 0) bytes[i] = static_cast<std::uint8_t>(random());
    }
    std::array<char, INET6_ADDRSTRLEN> expected{};
    ASSERT_NE(inet_ntop(AF_INET6, bytes.data(), expected.data(), expected.size()), nullptr);
    ASSERT_EQ(to_string(IpAddress::v6(bytes)), expected.data());
  }
}

}  // namespace
}  // namespace conntrail
