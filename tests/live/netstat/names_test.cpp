// Names: as netstat prints them when lookups answer, and one time-out for the whole table when they do not.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "conntrail/base/unique_fd.h"
#include "differential.h"
#include "names_fixture.h"
#include "netns.h"

namespace conntrail::test {
namespace {

constexpr const char* kFilesOnly =
    "hosts: files\nservices: files\nprotocols: files\nnetworks: files\npasswd: files\n";
constexpr const char* kFilesAndDns =
    "hosts: files dns\nservices: files\nprotocols: files\nnetworks: files\npasswd: files\n";

class NetstatNames : public testing::Test {
 protected:
  std::optional<PrivateNamespace> net_;  // first: what is made in it goes before it
  void SetUp() override {
    ASSERT_TRUE(is_root()) << "needs root for namespaces";
    net_.emplace();
    // All of these are local addresses, so that sockets can be connected to them.
    must_run({"ip", "addr", "add", "10.9.0.1/16", "dev", "lo"});
    must_run({"ip", "addr", "add", "fd00::1/64", "dev", "lo", "nodad"});
    must_run({"ip", "-6", "route", "add", "local", "fd00::/64", "dev", "lo"});
  }

  EtcFixture etc_;
  ConnectedSockets sockets_;
};

TEST_F(NetstatNames, OfHostsServicesAndUsers) {
  etc_.file("nsswitch.conf", kFilesOnly);
  etc_.file("hosts",
            "127.0.0.1 localhost\n::1 ip6-localhost\n10.9.0.1 me me.example\n10.9.0.2 short\n"
            "10.9.0.3 a-host-name-longer-than-the-column.example.org\nfd00::1 me6\n"
            "fd00::3 another-host-name-longer-than-the-column.example.org\n10.9.0.4 twenty-two-characters\n");
  etc_.file("services",
            "first 4000/udp\nlast 4000/udp\nother 4000/tcp\nalias 4001/udp nick\n"
            "a-service-name-longer-than-a-column 4002/udp\nnineteen-characters 4003/udp\n");
  for (const char* address : {"10.9.0.2", "10.9.0.3", "10.9.0.4", "10.9.0.5", "fd00::2", "fd00::3",
                              "::ffff:10.9.0.2", "::ffff:10.9.0.9"}) {
    for (std::uint16_t port = 4000; port <= 4004; ++port) sockets_.connect(address, port);
  }
  const std::string table = run_both("-ua", {}, etc_.prefix()).real.out;
  ASSERT_NE(table.find("short:last"), std::string::npos) << table;
  for (const char* line : {"-u", "-ua", "-uaW", "-uaeW", "-uae", "-ua --numeric-hosts", "-ua --numeric-ports",
                           "-uae --numeric-users", "-uaW --numeric-ports", "-ap", "-g", "-4u", "-6u"}) {
    EXPECT_TRUE(same_as_netstat(line, Tolerance::none, {}, etc_.prefix()));
  }
}

// Nothing answers at the resolver's address: netstat waits for each of 40 addresses, ours once for all of
// them. What the files know is shown.
TEST_F(NetstatNames, DeadResolverCostsOneTimeOut) {
  etc_.file("nsswitch.conf", kFilesAndDns);
  etc_.file("resolv.conf", "nameserver 127.0.0.53\noptions timeout:1 attempts:2\n");
  etc_.file("hosts", "127.0.0.1 localhost\n10.9.0.1 me\n10.9.1.7 known\n");
  const UniqueFd silent(
      ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));  // takes the questions and never answers
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(53);
  ASSERT_EQ(::inet_pton(AF_INET, "127.0.0.53", &address.sin_addr), 1);
  ASSERT_EQ(::bind(silent.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  static constexpr int kPeers = 1000;
  for (int i = 0; i < kPeers; ++i) {
    sockets_.connect(("10.9." + std::to_string(1 + i / 250) + "." + std::to_string(1 + i % 250)).c_str(), 9);
  }

  auto words = etc_.prefix();
  words.insert(words.end(), {NETSTAT_UNDER_TEST, "-u"});
  const auto start = std::chrono::steady_clock::now();
  const CommandResult result = run_command(words);
  const auto took = std::chrono::steady_clock::now() - start;

  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_GE(took, std::chrono::milliseconds(1900));  // it did ask
  EXPECT_LE(took, std::chrono::milliseconds(4000));  // timeout 1 s, twice, and the slack
  EXPECT_NE(result.out.find(" known:discard "), std::string::npos);
  EXPECT_NE(result.out.find(" 10.9.4.250:discard "), std::string::npos);
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), kPeers + 2);
}

}  // namespace
}  // namespace conntrail::test
