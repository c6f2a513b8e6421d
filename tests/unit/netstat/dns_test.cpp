// Names from DNS without a network: what is asked, what a reply says, and who is asked before.
#include <gtest/gtest.h>

#include "names/dns_answer.h"
#include "names/name_services.h"

namespace conntrail::netstat {
namespace {

using namespace std::string_literals;

HostKey v6_key(std::initializer_list<std::uint8_t> first, std::uint8_t last) {
  HostKey key{.address = IpAddress::v6({})};
  std::copy(first.begin(), first.end(), key.address.bytes.begin());
  key.address.bytes[15] = last;
  return key;
}

TEST(DnsQuestion, IsTheReversedAddress) {
  EXPECT_EQ(reverse_name({.address = IpAddress::v4({10, 9, 0, 255})}), "255.0.9.10.in-addr.arpa");
  EXPECT_EQ(reverse_name(v6_key({0xfd, 0, 0x12, 0xab}, 0x1f)),
            "f.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.b.a.2.1.0.0.d.f.ip6.arpa");
  EXPECT_EQ(reverse_name(v6_key({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 9, 8}, 7)),
            "7.8.9.10.in-addr.arpa");
  EXPECT_EQ(reverse_name(v6_key({}, 1)), "1.0.0.0.in-addr.arpa");  // as the C library asks for ::1
}

constexpr const char* kQuestion = "1.0.9.10.in-addr.arpa";

std::string reply_with(const std::string& record) {
  return "\x12\x34\x81\x80\0\1\0\1\0\0\0\0\1"s +
         "1\1"
         "0\1"
         "9\2"
         "10\7in-addr\4arpa\0\0\x0c\0\1"s +
         record;
}

std::optional<std::string> name_in(const std::string& packet) {
  const std::vector<unsigned char> bytes(packet.begin(), packet.end());
  return name_in_reply(bytes, kQuestion);
}

TEST(DnsReply, GivesTheNameOfItsRecord) {
  EXPECT_EQ(name_in(reply_with("\xc0\x0c\0\x0c\0\1\0\0\0\1\0\x0a\1h\6simple\0"s)), "h.simple");
}

TEST(DnsReply, IsTakenForNothingWhenDamaged) {
  const std::string good = reply_with("\xc0\x0c\0\x0c\0\1\0\0\0\1\0\x0a\1h\6simple\0"s);
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(name_in(good.substr(0, length))) << length;
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char byte : {'\0', '\x3f', '\x7f', '\xc0', '\xff'}) {
      std::string damaged = good;
      damaged[at] = byte;
      const auto name = name_in(damaged);  // any name or none, but no read behind the end (sanitizers)
      EXPECT_LE(name.value_or("").size(), 255U);
    }
  }
  EXPECT_FALSE(name_in(reply_with("\xc0\x30\0\x0c\0\1\0\0\0\1\0\2\xc0\x30"s)));  // points at itself
}

TEST(NameServices, BeforeDns) {
  const auto before = [](const char* line) { return services_before_dns(line, false); };
  EXPECT_EQ(before("hosts: files dns\n"), "files");
  EXPECT_EQ(before("passwd: files\n hosts:\tfiles  myhostname dns # why\n"), "files myhostname");
  EXPECT_EQ(before("hosts: dns"), "");
  EXPECT_EQ(before("hosts: files resolve [!UNAVAIL=return] dns"), "files");
  EXPECT_EQ(before("hosts: nis\nhosts: files dns\n"), "files");
  EXPECT_EQ(services_before_dns("hosts: files resolve [!UNAVAIL=return] dns", true), std::nullopt);
  for (const char* line :
       {"", "# hosts: files dns", "hosts: files", "hosts: dns files", "hosts: files mdns4_minimal dns",
        "hosts: files [NOTFOUND=return] dns", "hosts: files dns [!UNAVAIL=return] myhostname",
        "hosts: files ldap dns", "hosts: files winbind dns", "hosts:"}) {
    EXPECT_EQ(before(line), std::nullopt) << line;
  }
}

}  // namespace
}  // namespace conntrail::netstat
