// Names from DNS: the same as the real netstat's, and the whole table within one time-out.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "differential.h"
#include "dns_server.h"
#include "names_fixture.h"
#include "netns.h"

namespace conntrail::test {
namespace {

using namespace std::string_literals;
using std::chrono::milliseconds;

constexpr const char* kServer = "127.0.0.53";
constexpr milliseconds kTimeOut{2000};  // timeout:1 attempts:2

class NetstatDns : public testing::Test {
 protected:
  std::optional<PrivateNamespace> net_;  // first: what is made in it goes before it
  void SetUp() override {
    ASSERT_TRUE(is_root()) << "needs root for namespaces";
    net_.emplace();
    must_run({"ip", "addr", "add", "10.9.0.1/16", "dev", "lo"});
    must_run({"ip", "addr", "add", "fd00::1/64", "dev", "lo", "nodad"});
    must_run({"ip", "-6", "route", "add", "local", "fd00::/64", "dev", "lo"});
    services("files dns");
    etc_.file("resolv.conf", "nameserver 127.0.0.53\noptions timeout:1 attempts:2\n");
    etc_.file("hosts", "127.0.0.1 localhost\n10.9.0.1 me\nfd00::1 me6\n10.9.1.7 from-hosts\n");
  }

  void services(const std::string& hosts) {
    etc_.file("nsswitch.conf",
              "hosts: " + hosts + "\nservices: files\nprotocols: files\nnetworks: files\npasswd: files\n");
  }

  // Peers 10.9.1.1, 10.9.1.2, …
  static std::string peer(int i) {
    return "10.9." + std::to_string(1 + i / 250) + "." + std::to_string(1 + i % 250);
  }
  void connect_peers(int count) {
    for (int i = 0; i < count; ++i) sockets_.connect(peer(i).c_str(), 9);
  }

  struct Timed {
    CommandResult result;
    milliseconds took{};
  };
  [[nodiscard]] Timed timed(const std::vector<std::string>& words) const {
    auto all = etc_.prefix();
    all.insert(all.end(), words.begin(), words.end());
    const auto start = std::chrono::steady_clock::now();
    Timed timed{run_command(all), {}};
    timed.took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
    return timed;
  }

  EtcFixture etc_;
  ConnectedSockets sockets_;
};

// Each name says which address was asked for.
std::vector<DnsReply> name_after_question(const DnsQuestion& question) {
  std::string label = question.name.substr(0, question.name.find(".i"));
  std::ranges::replace(label, '.', '-');
  return {{dns_reply(question,
                     {{dns_name(question.name), kPtr, dns_name("h" + label.substr(0, 12) + ".example")}})}};
}

int lines_with(const std::string& text, std::string_view part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_F(NetstatDns, AnswersAreTheRealOnes) {
  const DnsServer server(kServer, name_after_question);
  for (int i = 0; i < 50; ++i) {
    sockets_.connect(peer(i).c_str(), 9);
    sockets_.connect(("fd00::" + std::to_string(100 + i)).c_str(), 9);
  }
  sockets_.connect("::ffff:10.9.3.3", 9);
  for (const char* services_line :
       {"files dns", "dns", "files myhostname dns", "files resolve dns",
        "files resolve [!UNAVAIL=return] dns", "dns files", "files mdns4_minimal [NOTFOUND=return] dns",
        "files dns myhostname", "files"}) {
    services(services_line);
    EXPECT_TRUE(same_as_netstat("-uW", Tolerance::none, {}, etc_.prefix())) << services_line;
  }
  services("files dns");
  for (const char* options : {"-u", "-ua", "-uae", "-uaW6"}) {
    EXPECT_TRUE(same_as_netstat(options, Tolerance::none, {}, etc_.prefix()));
  }
  const std::string table = run_both("-uW", {}, etc_.prefix()).ours.out;
  EXPECT_NE(table.find(" from-hosts:discard "), std::string::npos) << table;
  EXPECT_NE(table.find(" h3-3-9-10.example:discard "), std::string::npos) << table;
}

TEST_F(NetstatDns, SilenceCostsOneTimeOutForAThousandPeers) {
  const DnsServer server(kServer, [](const DnsQuestion&) { return std::vector<DnsReply>(); });
  connect_peers(1000);
  const Timed one = timed({"getent", "hosts", peer(3)});  // gethostbyaddr()
  EXPECT_GE(one.took, kTimeOut - milliseconds(100));
  const Timed table = timed({NETSTAT_UNDER_TEST, "-u"});
  EXPECT_EQ(lines_with(table.result.out, "ESTABLISHED"), 1000);
  EXPECT_GE(table.took, one.took - milliseconds(500));
  EXPECT_LE(table.took, one.took + milliseconds(1000));
  EXPECT_NE(table.result.out.find(" from-hosts:discard "), std::string::npos);
  EXPECT_GE(server.questions(), 1000);
}

TEST_F(NetstatDns, HalfSilenceKeepsTheAnswersAndCostsOneTimeOut) {
  const DnsServer server(kServer, [](const DnsQuestion& question) {
    return question.name.front() % 2 == 0 ? name_after_question(question) : std::vector<DnsReply>();
  });
  connect_peers(1000);
  const Timed table = timed({NETSTAT_UNDER_TEST, "-uW"});
  EXPECT_LE(table.took, kTimeOut + milliseconds(1500));
  int expected = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string last = std::to_string(1 + i % 250);
    if (last.front() % 2 == 0) ++expected;
  }
  EXPECT_EQ(lines_with(table.result.out, ".example:discard "), expected);
}

TEST_F(NetstatDns, SlowAnswersAreAllWaitedForAtOnce) {
  const DnsServer server(kServer, [](const DnsQuestion& question) {
    auto replies = name_after_question(question);
    replies[0].delay = milliseconds(200);
    return replies;
  });
  connect_peers(300);
  const Timed table = timed({NETSTAT_UNDER_TEST, "-uW"});
  EXPECT_EQ(lines_with(table.result.out, ".example:discard "), 299);  // one is in the hosts file
  EXPECT_GE(table.took, milliseconds(200));
  EXPECT_LE(table.took, milliseconds(900));
}

// One peer for each kind of reply; the C library, which the real netstat asks, is the measure of all.
TEST_F(NetstatDns, OddRepliesGiveTheRealNames) {
  using Maker = std::function<std::vector<DnsReply>(const DnsQuestion&)>;
  const auto ptr = [](const DnsQuestion& question, std::string_view name) {
    return DnsRecord{dns_name(question.name), kPtr, dns_name(name)};
  };
  const auto one = [](std::string packet) {
    return std::vector<DnsReply>{{std::move(packet), milliseconds(0)}};
  };
  const std::string classless = dns_name("7.0-25.9.10.in-addr.arpa");
  const std::vector<Maker> makers{
      [&](const DnsQuestion& q) { return one(dns_reply(q, {ptr(q, "plain.example")})); },
      [&](const DnsQuestion& q) { return one(dns_reply(q, {}, 3)); },  // NXDOMAIN
      [&](const DnsQuestion& q) { return one(dns_reply(q, {})); },
      [&](const DnsQuestion& q) { return one(dns_reply(q, {}, 2)); },  // SERVFAIL
      [&](const DnsQuestion& q) { return one(dns_reply(q, {}, 5)); },  // REFUSED
      [&](const DnsQuestion& q) {                                      // classless delegation (RFC 2317)
        return one(dns_reply(
            q, {{dns_name(q.name), kCname, classless}, {classless, kPtr, dns_name("delegated.example")}}));
      },
      [&](const DnsQuestion& q) {
        return one(dns_reply(q, {ptr(q, "first.example"), ptr(q, "second.example")}));
      },
      [&](const DnsQuestion& q) { return one(dns_reply(q, {ptr(q, "evil\x1b[2J.example")})); },
      [&](const DnsQuestion& q) { return one(dns_reply(q, {ptr(q, "under_score.example")})); },
      [&](const DnsQuestion& q) {
        return one(dns_reply(q, {ptr(q,
                                     "b\xc3\xbc"
                                     "cher.example")}));
      },
      [&](const DnsQuestion& q) { return one(dns_reply(q, {ptr(q, "-dash.example")})); },
      [&](const DnsQuestion& q) { return one(dns_reply(q, {ptr(q, "a b.example")})); },
      [&](const DnsQuestion& q) { return one(dns_reply(q, {ptr(q, "")})); },  // the root
      [&](const DnsQuestion& q) {                                             // a name for another address
        return one(dns_reply(q, {{dns_name("9.9.9.9.in-addr.arpa"), kPtr, dns_name("other.example")}}));
      },
      [&](const DnsQuestion& q) {  // in other letters
        return one(dns_reply(q, {{dns_name(q.name.substr(0, q.name.find("in-addr")) + "IN-ADDR.ARPA"), kPtr,
                                  dns_name("letters.example")}}));
      },
      [&](const DnsQuestion& q) {  // bad, then good
        return one(dns_reply(q, {ptr(q, "bad name.example"), ptr(q, "good.example")}));
      },
      [&](const DnsQuestion& q) { return one(dns_reply(q, {ptr(q, std::string(63, 'a') + ".example")})); },
      [&](const DnsQuestion& q) {  // whole only over TCP
        return q.tcp ? one(dns_reply(q, {ptr(q, "over-tcp.example")})) : one(dns_reply(q, {}, 0x0200));
      },
      [&](const DnsQuestion& q) {  // never whole
        return one(dns_reply(q, {}, 0x0200));
      },
      [&](const DnsQuestion& q) {  // a reply to something else first
        std::string wrong = dns_reply(q, {ptr(q, "wrong-id.example")});
        wrong[0] = static_cast<char>(wrong[0] ^ 0x55);
        return std::vector<DnsReply>{{wrong, milliseconds(0)},
                                     {dns_reply(q, {ptr(q, "right-id.example")}), milliseconds(20)}};
      },
      [&](const DnsQuestion& q) {  // an endless pointer
        return one(dns_reply(q, {{dns_name(q.name), kPtr, "\xc0\x0c"s}, {"\xc0\xff"s, kPtr, "\xc0\xff"s}}));
      },
      [&](const DnsQuestion& q) {  // data longer than the packet
        std::string packet = dns_reply(q, {ptr(q, "cut.example")});
        return one(packet.substr(0, packet.size() - 5));
      },
  };
  std::map<std::string, Maker> by_name;
  for (std::size_t i = 0; i < makers.size(); ++i) {
    by_name[std::to_string(i + 1) + ".2.9.10.in-addr.arpa"] = makers[i];
    sockets_.connect(("10.9.2." + std::to_string(i + 1)).c_str(), 9);
  }
  const DnsServer server(kServer, [&](const DnsQuestion& question) {
    const auto found = by_name.find(question.name);
    return found == by_name.end() ? one(dns_reply(question, {}, 3)) : found->second(question);
  });
  const BothResults both = run_both("-uW", {}, etc_.prefix());
  EXPECT_EQ(both.ours.out, both.real.out);
  for (const char* name : {"plain", "delegated", "first", "letters", "over-tcp", "right-id"}) {
    EXPECT_NE(both.ours.out.find(std::string(" ") + name + ".example:discard "), std::string::npos) << name;
  }
  EXPECT_EQ(both.ours.out.find('\x1b'), std::string::npos);
}

TEST_F(NetstatDns, NamesTooLongForADatagramComeOverConnections) {
  const DnsServer server(kServer, [](const DnsQuestion& question) {
    if (question.tcp) return name_after_question(question);
    return std::vector<DnsReply>{{dns_reply(question, {}, 0x0200)}};
  });
  connect_peers(200);
  const Timed table = timed({NETSTAT_UNDER_TEST, "-uW"});
  EXPECT_EQ(lines_with(table.result.out, ".example:discard "), 199);
}

// Two servers, the first of them dead; options from the environment.
TEST_F(NetstatDns, FollowsTheResolversConfiguration) {
  const DnsServer server(kServer, name_after_question);
  const DnsServer dead("127.0.0.54", [](const DnsQuestion&) { return std::vector<DnsReply>(); });
  connect_peers(20);
  etc_.file("resolv.conf", "nameserver 127.0.0.54\nnameserver 127.0.0.53\noptions timeout:30\n");
  const Timed table = timed({"env", "RES_OPTIONS=timeout:1 attempts:1", NETSTAT_UNDER_TEST, "-uW"});
  EXPECT_EQ(lines_with(table.result.out, ".example:discard "), 19) << table.result.out;
  EXPECT_GE(table.took, milliseconds(900));
  EXPECT_LE(table.took, milliseconds(2500));
  // Nobody there: the kernel says so at once.
  etc_.file("resolv.conf", "nameserver 127.0.0.99\noptions timeout:20\n");
  EXPECT_LE(timed({NETSTAT_UNDER_TEST, "-uW"}).took, milliseconds(3000));
  EXPECT_TRUE(same_as_netstat("-uW", Tolerance::none, {}, etc_.prefix()));
}

}  // namespace
}  // namespace conntrail::test
