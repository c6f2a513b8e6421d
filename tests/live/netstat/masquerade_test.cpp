// netstat -M: the old kernels' table beside the real netstat, and connections through a real masquerading
// router beside conntrack.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "child.h"
#include "conntrail/base/unique_fd.h"
#include "differential.h"
#include "netns.h"
#include "running_lines.h"

namespace conntrail::test {
namespace {

constexpr const char* kTitle =
    "Prc FromIP   FPrt ToIP     TPrt Masq Init-seq  Delta PDelta Expires (free=40959,40960,40960)";
constexpr const char* kOlderTitle =
    "Prc FromIP   FPrt ToIP     TPrt Masq Init-seq  Delta Expires (free=40959,40960,40960)";
constexpr const char* kTcp = "TCP C0A80102:0400 0A010101:0050 F000 00000000      0      0    8999";

// Lines as those kernels wrote them: each 127 characters and a newline.
std::string table_of(const char* title, const std::vector<std::string>& lines) {
  std::string text(title);
  const auto end_line = [&text](std::size_t begin) {
    text.append(127 - std::min<std::size_t>(127, text.size() - begin), ' ').append("\n");
  };
  end_line(0);
  for (const std::string& line : lines) {
    const std::size_t begin = text.size();
    text += line;
    end_line(begin);
  }
  return text;
}

struct TableFixture {
  const char* name;
  std::string text;
};

void PrintTo(const TableFixture& fixture, std::ostream* out) { *out << fixture.name; }

class NetstatMasqueradeTable : public testing::TestWithParam<TableFixture> {};

TEST_P(NetstatMasqueradeTable, IsReadAsByNetstat) {
  ASSERT_TRUE(is_root()) << "needs root for a mount namespace";
  ProcFixture proc;
  proc.file("net/ip_masquerade", GetParam().text);
  for (const char* options : {"-M", "-Mn", "-Me", "-Mne", "-Mee --numeric-hosts", "-M --numeric-ports",
                              "-MNvaWt", "--masquerade --extend --numeric", "-M6"}) {
    EXPECT_TRUE(same_as_netstat(options, Tolerance::none, {}, proc.prefix()));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Tables, NetstatMasqueradeTable,
    testing::Values(
        TableFixture{
            "protocols",
            table_of(kTitle, {kTcp, "UDP C0A80102:0400 7F000001:0035 F000 ABCDEF01     -5      7  123456",
                              "ICMP C0A80102:0008 7F000001:0035 F000 ABCDEF01     -5      7      99",
                              "GRE C0A80102:0050 7F000001:0035 F000 00000001      0      0    6000",
                              "ESP C0A80102:0050 7F000001:0035 0050 00000001      0      0    5999"})},
        TableFixture{"ports",
                     table_of(kTitle, {"TCP 7F000001:0050 00000000:0000 FFFF 00000000  0  0  600000",
                                       "UDP 7F000001:0045 FFFFFFFF:FFFF 0000 00000000  0  0  35999999"})},
        TableFixture{"large",
                     table_of(kTitle, {"TCP C0A80102:10400 0A010101:10050 1F000 1FFFFFFFFF 32768 -40000 -1",
                                       "TCP 1C0A80102:0400 0A010101:0050 F000 FFFFFFFFFFFFFFFFFF 1 2 "
                                       "99999999999999999999"})},
        TableFixture{"without_previous_delta",
                     table_of(kOlderTitle, {"TCP C0A80102:0400 0A010101:0050 F000 00000001 -2 8999"})},
        TableFixture{"field_too_many", table_of(kOlderTitle, {kTcp})},
        TableFixture{"field_too_few", table_of(kTitle, {"TCP C0A80102:0400 0A010101:0050 F000 8999"})},
        TableFixture{"more_words", table_of(kTitle, {std::string(kTcp) + " more"})},
        TableFixture{"across_lines",
                     table_of(kTitle, {"TCP C0A80102:0400", "0A010101:0050 F000 00000000 0 0 8999"})},
        TableFixture{"garbage", table_of(kTitle, {kTcp, "garbage", kTcp})},
        TableFixture{"lower_case",
                     table_of(kTitle, {"tcp C0A80102:0400 0A010101:0050 F000 00000000 0 0 8999"})},
        TableFixture{"long_type",
                     table_of(kTitle, {"TCPX C0A80102:0400 0A010101:0050 F000 00000000 0 0 8999"})},
        TableFixture{"no_hex", table_of(kTitle, {"TCP G0A80102:0400 0A010101:0050 F000 00000000 0 0 8999"})},
        TableFixture{"blank_in_address",
                     table_of(kTitle, {"TCP C0A80102 :0400 0A010101:0050 F000 0 0 0 8999"})},
        TableFixture{"signs", table_of(kTitle, {"TCP 0xC0A80102:0x400 -A010101:-50 +F000 -1 +5 -6 +8999"})},
        TableFixture{"cut", std::string(kTitle) + "\n" + kTcp + "\nTCP C0A80102:0400 0A01"},
        TableFixture{"no_newline", std::string(kTitle) + "\n" + kTcp},
        TableFixture{"title_only", table_of(kTitle, {})},
        TableFixture{"no_title", std::string(kTcp) + "\n" + kTcp + "\n"}, TableFixture{"empty", ""}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(NetstatMasquerade, UnreadableTable) {
  ASSERT_TRUE(is_root()) << "needs root for a mount namespace";
  ProcFixture proc;
  proc.file("net/ip_masquerade/x", "");
  for (const char* options : {"-M", "-Mc"}) {
    EXPECT_TRUE(same_as_netstat(options, Tolerance::none, {}, proc.prefix()));
  }
}

TEST(NetstatMasquerade, ContinuousRounds) {
  ASSERT_TRUE(is_root()) << "needs root for a mount namespace";
  ProcFixture proc;
  proc.file("net/ip_masquerade", table_of(kTitle, {kTcp}));
  const auto three_rounds = [&proc](const char* program) {
    auto words = proc.prefix();
    words.insert(words.end(), {program, "-Mnc"});
    RunningLines running(words);
    std::string text;
    for (int round = 0; round < 3; ++round) {
      for (const std::string& line : running.up_to("tcp ")) text += line;
    }
    return text;
  };
  const std::string one = run_both("-Mn", {}, proc.prefix()).real.out;
  EXPECT_EQ(three_rounds(kRealNetstat), one + one + one);
  EXPECT_EQ(three_rounds(NETSTAT_UNDER_TEST), one + one + one);
}

// ---- through a router

void ip(const std::string& words) {
  std::vector<std::string> command{"ip"};
  for (std::string& word : words_of(words)) command.push_back(std::move(word));
  must_run(command);
}

struct Address {
  sockaddr_storage space{};
  socklen_t length = 0;
};

Address address_of(const char* text, std::uint16_t port) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.space);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.space);
  if (::inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.length = sizeof *v4;
  } else if (::inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.length = sizeof *v6;
  } else {
    throw std::runtime_error(std::string("no address: ") + text);
  }
  return address;
}

void check(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

// client 10.0.0.2, fd01::2 — this namespace, which masquerades with ports of its choice — server 10.9.0.2,
// fd02::2.
class Router {
 public:
  Router() {
    const std::string c = client_.name();
    const std::string s = server_.name();
    ip("link add vc type veth peer name eth0 netns " + c);
    ip("link add vs type veth peer name eth0 netns " + s);
    for (const char* line :
         {"addr add 10.0.0.1/24 dev vc", "addr add 10.9.0.1/24 dev vs", "addr add fd01::1/64 dev vc nodad",
          "addr add fd02::1/64 dev vs nodad", "link set vc up", "link set vs up"}) {
      ip(line);
    }
    for (const char* line :
         {"addr add 10.0.0.2/24 dev eth0", "addr add fd01::2/64 dev eth0 nodad", "link set eth0 up",
          "route add default via 10.0.0.1", "-6 route add default via fd01::1"}) {
      ip("-n " + c + " " + line);
    }
    for (const char* line :
         {"addr add 10.9.0.2/24 dev eth0", "addr add fd02::2/64 dev eth0 nodad", "link set eth0 up"}) {
      ip("-n " + s + " " + line);
    }
    write_file("/proc/sys/net/ipv4/ip_forward", "1");
    write_file("/proc/sys/net/ipv6/conf/all/forwarding", "1");
    must_run({"nft", "add table inet t"});
    must_run({"nft", "add chain inet t c { type nat hook postrouting priority 100; }"});
    must_run({"nft", "add rule inet t c oifname vs masquerade random"});
  }

  void connect(const char* server) {
    UniqueFd listener;
    in_namespace(server_.path(), [&] {
      const Address at = address_of(server, 80);
      listener.reset(::socket(at.space.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
      const int on = 1;
      check(::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
      check(::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), "SO_REUSEPORT");
      check(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&at.space), at.length), "bind");
      check(::listen(listener.get(), 5), "listen");
    });
    in_namespace(client_.path(), [&] {
      const Address to = address_of(server, 80);
      UniqueFd fd(::socket(to.space.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
      check(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to.space), to.length), "connect");
      held_.push_back(std::move(fd));
    });
    held_.push_back(std::move(listener));
  }

  // A datagram, or with SOCK_RAW a packet of that protocol.
  void send(int type, int protocol, const std::string& bytes) {
    in_namespace(client_.path(), [&] {
      const Address to = address_of("10.9.0.2", type == SOCK_RAW ? 0 : 53);
      UniqueFd fd(::socket(AF_INET, type | SOCK_CLOEXEC, protocol));
      check(static_cast<int>(::sendto(fd.get(), bytes.data(), bytes.size(), 0,
                                      reinterpret_cast<const sockaddr*>(&to.space), to.length)),
            "sendto");
      held_.push_back(std::move(fd));
    });
  }

  // The router itself: tracked, but its source is its own.
  void connect_from_inside() {
    const Address to = address_of("10.0.0.2", 9);
    UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    check(static_cast<int>(
              ::sendto(fd.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&to.space), to.length)),
          "sendto");
    held_.push_back(std::move(fd));
  }

 private:
  NamedNamespace client_;
  NamedNamespace server_;
  std::vector<UniqueFd> held_;
};

// "tcp 10.0.0.2 10.9.0.2 40000 -> 80 (26811)" of each connection that conntrack shows to be masqueraded.
std::multiset<std::string> from_conntrack(const std::string& text) {
  static const std::regex kLine(
      R"((\w+) +(\d+) .*?src=(\S+) dst=(\S+) (?:sport=(\d+) dport=(\d+) |type=(\d+) code=(\d+) id=(\d+) )?)"
      R"(.*?src=(\S+) dst=(\S+) (?:sport=(\d+) dport=(\d+) |type=\d+ code=\d+ id=(\d+) )?.*)");
  std::multiset<std::string> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch m;
    if (!std::regex_match(line, m, kLine)) throw std::runtime_error("not understood: " + line);
    if (m[3] == m[11]) continue;  // answers go to where it came from
    std::string row = m[2] == "50" ? "esp" : m[1].str();
    row += " " + m[3].str() + " " + m[4].str();
    if (m[5].matched) row += " " + m[5].str() + " -> " + m[6].str() + " (" + m[13].str() + ")";
    if (m[9].matched) row += " " + m[9].str() + " -> " + m[7].str() + " (" + m[14].str() + ")";
    if (!m[5].matched && !m[9].matched) row += " * -> * (*)";
    rows.insert(row);
  }
  return rows;
}

std::multiset<std::string> from_netstat(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "IP masquerading entries");
  std::getline(lines, line);
  EXPECT_EQ(line, "prot   expire source               destination          ports");
  std::multiset<std::string> rows;
  while (std::getline(lines, line)) {
    std::string row;
    for (const std::string& word : words_of(line)) {
      if (std::count(word.begin(), word.end(), '.') == 1) continue;  // the time, "7199:58.00"
      row += (row.empty() ? "" : " ") + word;
    }
    rows.insert(row);
  }
  return rows;
}

class NetstatMasqueradeLive : public testing::Test {
 protected:
  std::optional<PrivateNamespace> net_;  // first: what is made in it goes before it
  void SetUp() override {
    ASSERT_TRUE(is_root()) << "needs root for namespaces";
    net_.emplace();
    router_ = std::make_unique<Router>();
    router_->connect("10.9.0.2");
    router_->connect("10.9.0.2");
    router_->connect("fd02::2");
    router_->send(SOCK_DGRAM, 0, "question");
    router_->send(SOCK_RAW, IPPROTO_ICMP, std::string("\x08\x00\xf4\xf5\x03\x09\x00\x01", 8));
    router_->send(SOCK_RAW, IPPROTO_ESP, "abcdefgh");
    router_->connect_from_inside();
  }

  std::unique_ptr<Router> router_;
};

TEST_F(NetstatMasqueradeLive, EntriesAreThoseOfConntrack) {
  const std::multiset<std::string> truth = from_conntrack(must_run({"conntrack", "-L"}));
  ASSERT_EQ(truth.size(), 6U);
  for (const char* source : {"--source=auto", "--source=diag", "--source=proc"}) {
    EXPECT_EQ(from_netstat(must_run({NETSTAT_UNDER_TEST, "-Mn", source})), truth) << source;
  }
  // The real one knows only the old file.
  const BothResults both = run_both("-Mn");
  EXPECT_EQ(both.real.status, 1);
  EXPECT_EQ(both.real.err, "netstat: no support for `ip_masquerade' on this system.\n");
  EXPECT_EQ(both.ours.status, 0);
  EXPECT_EQ(both.ours.err, "");
}

TEST_F(NetstatMasqueradeLive, TimesCountDown) {
  static const std::regex kTcpRow(R"(tcp 71(\d\d):(\d\d)\.00 10\.0\.0\.2 .*)");
  std::istringstream lines(must_run({NETSTAT_UNDER_TEST, "-M4n"}));
  int rows = 0;
  for (std::string line; std::getline(lines, line);) rows += std::regex_match(line, kTcpRow) ? 1 : 0;
  EXPECT_EQ(rows, 2);  // five days less a moment
}

TEST_F(NetstatMasqueradeLive, FamiliesCanBeChosen) {
  const std::string v4 = must_run({NETSTAT_UNDER_TEST, "-Mn", "-4"});
  const std::string v6 = must_run({NETSTAT_UNDER_TEST, "-Mn", "-6", "--source=proc"});
  EXPECT_EQ(from_netstat(v4).size(), 5U);
  EXPECT_EQ(from_netstat(v6).size(), 1U);
  EXPECT_NE(v6.find(" fd01::2              fd02::2              "), std::string::npos) << v6;
}

TEST_F(NetstatMasqueradeLive, NamesAndSequences) {
  const std::string text = must_run({NETSTAT_UNDER_TEST, "-Me", "--numeric-hosts"});
  EXPECT_NE(
      text.find("prot   expire    initseq delta prevd source               destination          ports\n"),
      std::string::npos);
  EXPECT_NE(text.find("          0     0     0 10.0.0.2             10.9.0.2             "),
            std::string::npos);
  EXPECT_NE(text.find(" -> http ("), std::string::npos) << text;
  EXPECT_NE(text.find(" -> domain ("), std::string::npos) << text;
}

TEST_F(NetstatMasqueradeLive, AsRecords) {
  std::istringstream lines(must_run({NETSTAT_UNDER_TEST, "-M", "--json"}));
  std::multiset<std::string> protocols;
  for (std::string line; std::getline(lines, line);) {
    const auto row = nlohmann::json::parse(line);
    EXPECT_EQ(row.at("type"), "masquerade");
    EXPECT_EQ(row.at("masquerade_addr"), row.at("family") == "inet" ? "10.9.0.1" : "fd02::1");
    EXPECT_GT(row.at("expires_s"), 0);
    EXPECT_EQ(row.contains("source_port"), row.at("protocol") != "esp");
    protocols.insert(row.at("protocol"));
  }
  EXPECT_EQ(protocols, (std::multiset<std::string>{"tcp", "tcp", "tcp", "udp", "icmp", "esp"}));
  const std::string csv = must_run({NETSTAT_UNDER_TEST, "-M", "--csv"});
  EXPECT_TRUE(csv.starts_with("type,protocol,family,source_addr,")) << csv;
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 7);
}

// Without connection tracking there is nothing to show, and without privilege nobody knows.
TEST_F(NetstatMasqueradeLive, WithoutPrivilegeOrSource) {
  const CommandResult nobody =
      run_command({"setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", NETSTAT_UNDER_TEST, "-M"});
  EXPECT_EQ(nobody.status, 1);
  EXPECT_EQ(nobody.out, "");
  EXPECT_EQ(nobody.err, "netstat: cannot read the connection tracking: Operation not permitted\n");

  ProcFixture proc;  // no nf_conntrack in it
  proc.file("net/other", "");
  EXPECT_TRUE(same_as_netstat("-Mn", Tolerance::none, {"--source=proc"}, proc.prefix()));
  EXPECT_EQ(from_netstat(run_both("-Mn", {}, proc.prefix()).ours.out).size(), 6U);  // netlink needs no /proc
}

TEST_F(NetstatMasqueradeLive, WithoutNetlink) {
  const std::string table = in_child([] {
    forbid_netlink();
    return must_run({NETSTAT_UNDER_TEST, "-Mn"});
  });
  EXPECT_EQ(from_netstat(table).size(), 6U);
}

TEST(NetstatMasquerade, NothingMasqueraded) {
  ASSERT_TRUE(is_root()) << "needs root for a network namespace";
  const PrivateNamespace net;
  for (const char* source : {"--source=auto", "--source=proc"}) {
    const CommandResult result = run_command({NETSTAT_UNDER_TEST, "-M", source});
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.out + result.err, "");
  }
}

}  // namespace
}  // namespace conntrail::test
