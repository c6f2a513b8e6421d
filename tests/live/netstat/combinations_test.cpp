// Combinations of options on one /proc with every kind of socket, names from files: the same bytes as the
// real netstat.
#include <gtest/gtest.h>

#include "netns.h"
#include "socket_tree.h"

namespace conntrail::test {
namespace {

class NetstatCombinations : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { ASSERT_TRUE(is_root()) << "needs root for a mount namespace"; }

  // Made once: no run changes it.
  static std::vector<std::string> prefix() {
    static const SocketTree tree;
    return tree.prefix();
  }
};

TEST_P(NetstatCombinations, AreTheSameBytes) {
  EXPECT_TRUE(same_as_netstat(GetParam(), Tolerance::none, {"--source=proc"}, prefix()));
}

INSTANTIATE_TEST_SUITE_P(AsTyped, NetstatCombinations,
                         testing::Values("", "-ta", "-a", "-at", "-au", "-l", "-lt", "-lu", "-lx", "-p",
                                         "-an", "-anp", "-tnp", "-anplt", "-lntup", "-unltp", "-ap", "-ntp",
                                         "-t", "--verbose", "-tapen", "-C", "-N", "-F", "-pant", "-tulpn",
                                         "-tulpen", "-aet", "-natp", "-plnt", "-tuna", "-av", "-avn"));

INSTANTIATE_TEST_SUITE_P(Names, NetstatCombinations,
                         testing::Values("-ta --numeric-hosts", "-ta --numeric-ports", "-tae --numeric-users",
                                         "-taeW", "-taW --numeric-ports", "-ua --numeric-hosts",
                                         "-ua --numeric-ports", "-uae", "-uaeW --numeric-users", "-wa",
                                         "-wae", "-waW --numeric-hosts", "-wa --numeric-ports", "-taN",
                                         "-taeN", "-tan --symbolic", "-4ta", "-6ta", "-6taW", "-4uaW"));

INSTANTIATE_TEST_SUITE_P(UdpLite, NetstatCombinations,
                         testing::Values("-U", "-Ua", "-Un", "-Uan", "-Uln", "-Ul", "-Uanpeo", "-UaW",
                                         "-UanW", "-4Uan", "-6Uan", "-uUan", "-Uae --numeric-hosts",
                                         "--udplite -v", "-Uac --udplit --help"));

INSTANTIATE_TEST_SUITE_P(Sctp, NetstatCombinations,
                         testing::Values("-S", "-Sa", "-Sl", "-Sn", "-San", "-Sln", "-Sanpeo", "-SaW",
                                         "-SanW", "-4San", "-6San", "-Sae", "-Sap", "-Sao", "-SaN",
                                         "-Sa --numeric-hosts", "-Sa --numeric-ports", "-Sae --numeric-users",
                                         "-tuSan", "-Sv", "--sctp --all --numeric"));

INSTANTIATE_TEST_SUITE_P(Raw, NetstatCombinations,
                         testing::Values("-w", "-wl", "-wn", "-wan", "-wln", "-wanpeo", "-wanW", "-wapo",
                                         "-4w", "-6wa", "--raw --wide --all"));

INSTANTIATE_TEST_SUITE_P(Unix, NetstatCombinations,
                         testing::Values("-x", "-xa", "-xl", "-xn", "-xp", "-xap", "-xlp", "-xe", "-xaeo",
                                         "-xaW", "-xav", "-A unix -a", "--unix --listening", "-xta",
                                         "-xuanp"));

INSTANTIATE_TEST_SUITE_P(Groups, NetstatCombinations,
                         testing::Values("-g", "-gn", "-4g", "-6g", "-4gn", "-6gn", "-gtn", "-gxn", "-gv",
                                         "-g --numeric-hosts", "-gW", "--groups -A inet"));

INSTANTIATE_TEST_SUITE_P(OldFamilies, NetstatCombinations,
                         testing::Values("--ax25", "-a --ax25", "-e --ax25", "--netrom -p", "--netrom -o",
                                         "--rose", "-v --rose", "--x25", "-a --x25", "-l --x25", "-W --x25",
                                         "--ipx", "-e --ipx", "-en --ipx", "-e --numeric-users --ipx",
                                         "-p --ipx", "-a --ipx", "-A ax25,netrom,rose,x25,ipx -a",
                                         "-A ipx,unix -n", "-A inet,inet6,ipx -n", "--ipx --ax25 -tn",
                                         "-A ax25 -A x25"));

// The combined column and order rules at once.
INSTANTIATE_TEST_SUITE_P(Everything, NetstatCombinations,
                         testing::Values("-anpeoWv", "-tuUSwxgan", "-tuUSwxganpeo", "-apeo", "-lpeo",
                                         "-4anpeo", "-6anpeoW", "-46an", "-alnpeo", "-nlp --inet6", "-Z",
                                         "-tanZ"));

// A pipe that is read to its end, and one whose reader goes after the first lines: what was told on stderr
// until then is a matter of who was faster.
TEST_F(NetstatCombinations, IntoPipes) {
  const auto piped = [](const std::string& program, const std::string& rest) {
    auto words = prefix();
    words.insert(words.end(), {"bash", "-c", program + " " + rest});
    return run_command(words);
  };
  const std::string ours = std::string(NETSTAT_UNDER_TEST) + " --source=proc";
  for (const char* rest :
       {"-tan | cat", "-an | grep ':80 '", "-tap | grep sshd", "-a | sort | uniq -c", "-tan | head -n 1",
        "-anp | head -n 20", "-l | tail -n 3", "-tanc | head -n 5", "-xac | head -n 5"}) {
    const CommandResult real = piped(kRealNetstat, rest);
    const CommandResult result = piped(ours, rest);
    EXPECT_EQ(result.out, real.out) << rest;
    if (!std::string_view(rest).contains("head")) {
      EXPECT_EQ(result.err, real.err) << rest;
    }
    EXPECT_EQ(result.status, real.status) << rest;
    EXPECT_FALSE(real.out.empty()) << rest;
  }
}

// The reader of more than a pipe holds is gone: both end by the signal.
TEST_F(NetstatCombinations, EndWithTheirReader) {
  for (const char* rest : {"-tanc", "-anpeoc"}) {
    for (const std::string& program :
         {std::string(kRealNetstat), NETSTAT_UNDER_TEST + std::string(" --source=proc")}) {
      auto words = prefix();
      words.insert(words.end(),
                   {"bash", "-c", program + " " + rest + " 2>&1 | head -n 1; echo ${PIPESTATUS[0]}"});
      const CommandResult result = run_command(words);
      EXPECT_TRUE(result.out.ends_with("\n141\n")) << program << " " << rest << ": " << result.out;
    }
  }
}

// A device that takes nothing: nothing on stdout, and ours says so (docs/netstat-differences.md).
TEST_F(NetstatCombinations, IntoAFullDevice) {
  for (const char* rest : {"-tan", "-xa", "-an", "-g", "--ipx", "-Sn"}) {
    auto words = prefix();
    words.insert(words.end(),
                 {"bash", "-c", std::string(NETSTAT_UNDER_TEST) + " --source=proc " + rest + " > /dev/full"});
    const CommandResult result = run_command(words);
    EXPECT_EQ(result.status, 1) << rest;
    EXPECT_TRUE(result.err.ends_with("netstat: write error: No space left on device\n"))
        << rest << result.err;
  }
}

}  // namespace
}  // namespace conntrail::test
