// What is printed otherwise than by the real netstat on purpose: each line of docs/netstat-differences.md.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>

#include "differential.h"
#include "netns.h"

namespace conntrail::test {
namespace {

using namespace std::string_literals;

class NetstatDifferences : public testing::Test {
 protected:
  std::optional<PrivateNamespace> net_;  // first: what is made in it goes before it
  void SetUp() override {
    ASSERT_TRUE(is_root()) << "needs root for namespaces";
    net_.emplace();
  }

  [[nodiscard]] BothResults both(std::string_view options) {
    return run_both(options, {"--source=proc"}, proc_.prefix());
  }
  [[nodiscard]] static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  ProcFixture proc_;
};

constexpr const char* kTcp =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:1F90 0302010A:C001 01 00000000:00000000 00:00000000 00000000     0        0 11 1\n";
constexpr const char* kUdp =
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:0035 0302010A:1F90 01 00000000:00000000 00:00000000 00000000     0        0 12 2\n";
constexpr const char* kUnixTitle = "Num       RefCount Protocol Flags    Type St Inode Path\n";

TEST_F(NetstatDifferences, ControlCharactersOfProgramsAreEscaped) {
  proc_.file("net/tcp", kTcp);
  proc_.file("9/cmdline", "evil\x1b[2J\n\x01\0"s);
  proc_.link("9/fd/3", "socket:[11]");
  const BothResults result = both("-tnp");
  EXPECT_TRUE(has(result.real.out, "9/evil\x1b[2J\n\x01"));
  EXPECT_TRUE(has(result.ours.out, " 9/evil?[2J??        \n")) << result.ours.out;
}

TEST_F(NetstatDifferences, ControlCharactersOfPathsAreEscaped) {
  proc_.file("net/unix",
             std::string(kUnixTitle) + "0: 00000002 00000000 00000000 0001 03 77 /tmp/\x1b]0;x\x07\n");
  EXPECT_TRUE(has(both("-x").real.out, "\x1b]0;x\x07"));
  EXPECT_TRUE(has(both("-x").ours.out, " 77       /tmp/?]0;x?\n"));
}

TEST_F(NetstatDifferences, ControlCharactersOfInterfacesAreEscaped) {
  proc_.file(
      "net/igmp",
      "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n2\te\x1b[2Jh0    :     1      V3\n"
      "\t\t\t\t010000E0     1 0:00000000\t\t0\n");
  EXPECT_TRUE(has(both("-gn").real.out, "\ne\x1b[2Jh0 "));
  EXPECT_TRUE(has(both("-gn").ours.out, "\ne?[2Jh0 "));
}

TEST_F(NetstatDifferences, InterfacesNamedAsATitleAreShown) {
  proc_.file("net/igmp6", "2    myDevice        ff0200000000000000000001ff123456     3 00000004 0\n");
  EXPECT_FALSE(has(both("-6gn").real.out, "ff02::1:ff12:3456"));
  EXPECT_TRUE(has(both("-6gn").ours.out, "myDevice        3      ff02::1:ff12:3456\n"));
}

TEST_F(NetstatDifferences, PathsWithBlanksAreWhole) {
  proc_.file("net/unix",
             std::string(kUnixTitle) + "0: 00000002 00000000 00000000 0001 03 77 /tmp/a b  c.sock\n");
  EXPECT_TRUE(has(both("-x").real.out, " 77       /tmp/a\n"));
  EXPECT_TRUE(has(both("-x").ours.out, " 77       /tmp/a b  c.sock\n"));
}

TEST_F(NetstatDifferences, TablesAfterAMissingOneAreShown) {
  proc_.file("net/tcp", kTcp);
  proc_.file("net/udp", kUdp);
  const BothResults result = both("-tuSn");
  EXPECT_EQ(result.ours.status, 1);
  EXPECT_EQ(result.real.status, 1);
  EXPECT_EQ(result.ours.err, "netstat: no support for `AF INET (sctp)' on this system.\n");
  EXPECT_EQ(result.ours.err, result.real.err);
  EXPECT_FALSE(has(result.real.out, "udp "));
  EXPECT_TRUE(has(result.ours.out, "udp        0      0 127.0.0.1:53            10.1.2.3:8080"));

  // The same among the other families, each missing one told.
  EXPECT_EQ(both("--ax25 --ipx").ours.err,
            "netstat: no support for `AF IPX' on this system.\nnetstat: no support for `AF AX25' on this "
            "system.\n");
}

TEST_F(NetstatDifferences, UnknownStatesAreNamedSo) {
  std::string table(kTcp);
  table.replace(table.find(" 01 0"), 3, " 0D");
  proc_.file("net/tcp", table);
  EXPECT_TRUE(has(both("-tn").ours.out, " UNKNOWN    \n"));  // the real one reads behind its table
  proc_.file("net/nr",
             "title\nDL1ABC-1  DB0XYZ-2  DB0FHN-3  nr0    01/02 03/04   9   1   2   3   0/120   0/5   0/180  "
             " 0/0   0/3  4 "
             "    10    20 4711\n");
  EXPECT_TRUE(has(both("--netrom").ours.out, "  UNKNOWN      002/001  "));
}

TEST_F(NetstatDifferences, RoseAddressesOfTenDigitsAreWhole) {
  proc_.file("net/rose", "title\n2080175524 DL1ABC-1  2080175525 DB0XYZ-1  rose0 001 00002  3 0 0 0\n");
  EXPECT_FALSE(has(both("--rose").real.out, "2080175524"));
  EXPECT_TRUE(has(both("--rose").ours.out,
                  "2080175524  DL1ABC-1   2080175525  DB0XYZ-1  rose0   1     2   ESTABLISHED\n"));
  // Nor do call signs of nine characters run into what stands behind them.
  proc_.file("net/rose", "title\n208017552 DL1ABC-15 208017553 DB0XYZ-1  rose0 001 00002  3 0 0 0\n");
  EXPECT_TRUE(has(both("--rose").real.out, "DL1ABC-15208017553"));
  EXPECT_TRUE(has(both("--rose").ours.out,
                  "208017552   DL1ABC-15  208017553   DB0XYZ-1  rose0   1     2   ESTABLISHED\n"));
}

TEST_F(NetstatDifferences, CutAddressesAreBogus) {
  const std::string title(kTcp, std::string_view(kTcp).find('\n') + 1);
  proc_.file("net/tcp6",
             title +
                 "0: 000000000000000000000000010000:1F90 00000000000000000000000001000000:C001 01 "
                 "0:0 0:0 0 0 0 11\n");
  proc_.file("net/igmp6", "2    eth0            ff0200000000     3 00000004 0\n");
  EXPECT_EQ(both("-6tan").ours.err, "warning, got bogus tcp line.\n");
  EXPECT_EQ(both("-6tan").real.err, "");
  EXPECT_EQ(both("-gn -6").ours.err, "warning, got bogus tcp line.\nwarning, got bogus igmp6 line 0.\n");
  EXPECT_EQ(both("-gn -6").real.err, "");
}

// The protocol's name goes by the addresses.
TEST_F(NetstatDifferences, FamiliesGoByTheirAddresses) {
  const std::string title(kTcp, std::string_view(kTcp).find('\n') + 1);
  proc_.file("net/tcp",
             title +
                 "0: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:C001 01 "
                 "0:0 0:0 0 0 0 11\n");
  EXPECT_TRUE(has(both("-tn").real.out, "tcp        0      0 ::1:8080 "));
  EXPECT_TRUE(has(both("-tn").ours.out, "tcp6       0      0 ::1:8080 "));
}

TEST_F(NetstatDifferences, EmptyAx25LinesAreProblems) {
  proc_.file("net/ax25", "ffff ax0 DB0XYZ-1 DL1ABC 3 1 2 0 1 2 3 4 5 6 7 8 9 10 11 12 13 1 2 3\n\n");
  EXPECT_FALSE(has(both("--ax25").real.out, "problem"));
  EXPECT_TRUE(has(both("--ax25").ours.out, "1       2     \nproblem reading data from /proc/net/ax25\n"));
}

// Runs a program with stdout as given; answers its wait status. Gives up (and kills it) after ten seconds.
int run_with_stdout(int out_fd, const std::vector<std::string>& words, bool ignore_sigpipe) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(out_fd, STDOUT_FILENO);
    ::close(out_fd);
    ::signal(SIGPIPE, ignore_sigpipe ? SIG_IGN : SIG_DFL);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(out_fd);
  int status = -1;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return status;
    }
    ::usleep(10'000);
  }
  return status;
}

TEST_F(NetstatDifferences, FailingWriteIsAnError) {
  const auto full = [](const char* program) {
    return run_with_stdout(::open("/dev/full", O_WRONLY | O_CLOEXEC), {program, "-tan"}, false);
  };
  const int real = full(kRealNetstat);
  EXPECT_TRUE(WIFEXITED(real) && WEXITSTATUS(real) == 0) << real;
  const int ours = full(NETSTAT_UNDER_TEST);
  EXPECT_TRUE(WIFEXITED(ours) && WEXITSTATUS(ours) == 1) << ours;
  const CommandResult told = run_command({"sh", "-c", std::string(NETSTAT_UNDER_TEST) + " -tan > /dev/full"});
  EXPECT_EQ(told.status, 1);
  EXPECT_EQ(told.err, "netstat: write error: No space left on device\n");
}

// -c ends when nobody reads any more: by the signal as the real one, or on its own where the signal is
// ignored (there the real one goes on for ever).
TEST_F(NetstatDifferences, ContinuousEndsWithItsReader) {
  const auto closed = [](bool ignore_sigpipe) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    ::close(ends[0]);
    return run_with_stdout(ends[1], {NETSTAT_UNDER_TEST, "-tanc"}, ignore_sigpipe);
  };
  const int by_signal = closed(false);
  EXPECT_TRUE(WIFSIGNALED(by_signal) && WTERMSIG(by_signal) == SIGPIPE) << by_signal;
  const int quiet = closed(true);
  EXPECT_TRUE(WIFEXITED(quiet) && WEXITSTATUS(quiet) == 0) << quiet;
}

// A group table is read anew in each round of -c.
TEST_F(NetstatDifferences, ContinuousGroupsStayRight) {
  proc_.file("net/igmp",
             "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n1\tlo        :     1      V3\n"
             "\t\t\t\t010000E0     1 0:00000000\t\t0\n");
  proc_.file("net/igmp6", "1    lo              ff020000000000000000000000000001     1 0000000C 0\n");
  auto two_rounds = [this](const char* program, const std::vector<std::string>& options) {
    auto words = proc_.prefix();
    words.insert(words.end(), {"timeout", "1.7", program});
    words.insert(words.end(), options.begin(), options.end());
    return run_command(words);
  };
  const std::string one = both("-gn").real.out;
  const CommandResult real = two_rounds(kRealNetstat, {"-gnc"});
  EXPECT_TRUE(has(real.err, "bogus igmp6 line"));
  const CommandResult ours = two_rounds(NETSTAT_UNDER_TEST, {"--source=proc", "-gnc"});
  EXPECT_EQ(ours.out, one + one);
  EXPECT_EQ(ours.err, "");
}

TEST_F(NetstatDifferences, SourceIsOurOwnOption) {
  const BothResults result = run_both("--source=proc -tn");
  EXPECT_EQ(result.real.status, 3);
  EXPECT_EQ(result.ours.status, 0);
  const BothResults unknown = run_both("--source=nowhere");
  EXPECT_EQ(unknown.ours.status, 3);
  EXPECT_EQ(unknown.ours.err, "netstat: unknown source 'nowhere' (auto, diag, bpf or proc)\n");
  // It takes no part in abbreviations: --so is as unknown as ever.
  EXPECT_TRUE(same_as_netstat("--so"));
}

}  // namespace
}  // namespace conntrail::test
