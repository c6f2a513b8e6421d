// Real sockets in every state, IPv4, IPv6 and v4-mapped: the same bytes as the real netstat.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>

#include "conntrail/base/unique_fd.h"
#include "differential.h"
#include "every_state.h"
#include "netns.h"

namespace conntrail::test {
namespace {

// Sockets of the kinds that EveryState does not make: raw ones and UNIX ones of each type.
class OtherSockets {
 public:
  OtherSockets() {
    keep(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
    keep(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 89));
    keep(::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6));
    sockaddr_in peer{};
    peer.sin_family = AF_INET;
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int connected = ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
    if (::connect(connected, reinterpret_cast<sockaddr*>(&peer), sizeof peer) != 0)
      throw std::runtime_error("connect");
    keep(connected);
    keep(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 136));  // UDP-Lite, where the kernel has it
    unix_socket(SOCK_STREAM, "conntrail-test-stream", true);
    unix_socket(SOCK_SEQPACKET, "conntrail-test-seqpacket", true);
    unix_socket(SOCK_DGRAM, "conntrail-test-datagram", false);
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
      throw std::runtime_error("socketpair");
    keep(pair[0]);
    keep(pair[1]);
  }

 private:
  void keep(int fd) { held_.emplace_back(fd); }

  // In the abstract name space: no file to remove.
  void unix_socket(int type, const char* name, bool listening) {
    const int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    keep(fd);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path + 1, name, sizeof address.sun_path - 2);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + std::strlen(name));
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0) throw std::runtime_error("bind");
    if (listening && ::listen(fd, 5) != 0) throw std::runtime_error("listen");
  }

  std::vector<UniqueFd> held_;
};

// Each test makes its sockets anew: they hold their states for 20 seconds.
class NetstatSockets : public testing::Test {
 protected:
  std::optional<PrivateNamespace> net_;  // first: what is made in it goes before it
  void SetUp() override {
    ASSERT_TRUE(is_root()) << "needs root for a network namespace";
    net_.emplace();
    sockets_ = std::make_unique<EveryState>();
    others_ = std::make_unique<OtherSockets>();
  }

  static void expect_same(std::initializer_list<const char*> lines,
                          const std::vector<std::string>& own = {}) {
    for (const char* line : lines) EXPECT_TRUE(same_as_netstat(line, Tolerance::running_timers, own));
  }

 private:
  std::unique_ptr<EveryState> sockets_;
  std::unique_ptr<OtherSockets> others_;
};

// Without this the comparisons below could compare empty tables.
TEST_F(NetstatSockets, HaveEveryStateInBothFamilies) {
  const std::string table = must_run({kRealNetstat, "-tan"});
  for (const char* state : {"ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT",
                            "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"}) {
    EXPECT_NE(table.find(state), std::string::npos) << state;
  }
  EXPECT_NE(table.find("tcp6 "), std::string::npos);
  EXPECT_NE(table.find("::1:"), std::string::npos);
}

TEST_F(NetstatSockets, AskedForByIssue2) { expect_same({"-tuan", "-tlnp", "-tanpeo", "-tW", "-6t"}); }

TEST_F(NetstatSockets, ColumnsAndFilters) {
  expect_same({"-tan",  "-tn",    "-tln",     "-uan",    "-un",    "-uln",  "-tuln", "-tulpn", "-tanp",
               "-tane", "-tano",  "-tanW",    "-uanW",   "-tuane", "-tano", "-4tan", "-6tan",  "-4an",
               "-6an",  "-tanee", "-tanpeoW", "-uanpeo", "-tlan",  "-ean",  "-oan",  "-tanl"});
}

TEST_F(NetstatSockets, AsTutorialsTypeThem) {
  expect_same({"-an", "-anp",      "-tnp", "-anplt", "-lntup", "-unltp",  "-tapen", "-lt -n", "-lu -n", "-lx",
               "-ta", "-at",       "-au",  "-l",     "-p",     "-ap",     "-a",     "",       "-t",     "-u",
               "-v",  "--verbose", "-ntp", "-pan",   "-plunt", "-tulpen", "-natu",  "-tupan"});
}

TEST_F(NetstatSockets, PartlyNumeric) {
  expect_same({"-ta --numeric-hosts", "-ta --numeric-ports", "-tae --numeric-users", "-uae --numeric-hosts",
               "-wa --numeric-ports", "-wa", "-w", "-tae", "-tal --numeric-hosts -W", "-taW", "-uaW"});
}

TEST_F(NetstatSockets, OtherTables) {
  expect_same({"-wan", "-wln", "-wn", "-wanpeo", "-xa",  "-x",  "-xl",  "-xap", "-xlp",    "-xaeo",
               "-Uan", "-Ul",  "-g",  "-gn",     "-gtn", "-4g", "-6gn", "-tux", "-xtuwan", "-A inet,unix -an",
               "-gna"});
}

// What an ordinary user may not see is told on stderr: of all processes, or of some when one is the user's
// own.
TEST_F(NetstatSockets, WithoutPrivilege) {
  const std::vector<std::string> nobody{"setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"};
  ASSERT_NE(run_both("-tnp", {}, nobody).real.err.find("(No info could be read"), std::string::npos);
  for (const char* line : {"-tanp", "-tuanpe", "-xap", "-ap -n", "-tan", "-tano"}) {
    EXPECT_TRUE(same_as_netstat(line, Tolerance::running_timers, {}, nobody));
  }
  // A shell that holds a socket of its own.
  const std::vector<std::string> holder{"setpriv",
                                        "--reuid=54321",
                                        "--regid=54321",
                                        "--clear-groups",
                                        "bash",
                                        "-c",
                                        "exec 9<>/dev/udp/127.0.0.1/9; \"$0\" \"$@\"; exit $?"};
  ASSERT_NE(run_both("-unp", {}, holder).real.err.find("(Not all processes could"), std::string::npos);
  for (const char* line : {"-unp", "-tlnp", "-xp"}) {
    const BothResults both = run_both(line, {}, holder);
    EXPECT_EQ(both.ours.err, both.real.err);
    EXPECT_EQ(both.ours.status, both.real.status);
  }
}

// Whatever the source, the same sockets give the same lines.
TEST_F(NetstatSockets, FromSockDiag) {
  expect_same({"-tuan", "-tanpeo", "-uanpeo", "-6tan", "-4tuan", "-tlnp"}, {"--source=diag"});
}
TEST_F(NetstatSockets, FromBpfIterators) {
  const std::vector<std::string> own{"--source=bpf"};
  expect_same({"-tan", "-6tan", "-4tan", "-tlnp"}, own);
  // iter/udp walks another of the kernel's hash tables than /proc/net/udp: the same lines in another order.
  const auto sorted_lines = [](const std::string& text) {
    std::istringstream in(text);
    std::multiset<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.insert(line);
    return lines;
  };
  const BothResults both = run_both("-uan", own);
  EXPECT_EQ(both.ours.status, 0);
  EXPECT_EQ(both.ours.err, "");
  EXPECT_GE(sorted_lines(both.real.out).size(), 8U);  // two title lines, two sockets of each flavour
  EXPECT_EQ(sorted_lines(both.ours.out), sorted_lines(both.real.out));
}

TEST_F(NetstatSockets, FromProc) {
  expect_same({"-tuan", "-tanpeo", "-uanpeo", "-6tan", "-4tuan", "-tlnp"}, {"--source", "proc"});
}

}  // namespace
}  // namespace conntrail::test
