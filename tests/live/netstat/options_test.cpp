// The command line: messages, exit codes, abbreviations, permutation.
#include <gtest/gtest.h>

#include "differential.h"
#include "netns.h"

namespace conntrail::test {
namespace {

class NetstatOptions : public testing::TestWithParam<const char*> {};

// In an empty namespace, so that every difference is one of the command line.
TEST_P(NetstatOptions, AreTakenAsByNetstat) {
  ASSERT_TRUE(is_root()) << "needs root for a network namespace";
  const PrivateNamespace net;
  EXPECT_TRUE(same_as_netstat(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Errors, NetstatOptions,
                         testing::Values("-Y", "-:", "-?", "-;", "--foo", "--foo=3", "--i", "--num", "--s",
                                         "--=1", "--e=", "--tcp=3", "-A", "-tA", "--protocol", "-ii", "-rr",
                                         "-ss", "-MM", "-rs", "-ir", "-A foo", "-A inet,foo", "-A inet,,unix",
                                         "-A", "-I", "-T", "--notrim", "-Z", "--context", "-tY", "-tnY -V",
                                         "-Vh", "-hV", "-AfooV", "-nA inet -Y"));

INSTANTIATE_TEST_SUITE_P(Texts, NetstatOptions,
                         testing::Values("-h", "--help", "--hel", "-V", "--version", "-tV", "--tcpip -n",
                                         "--tcpip --tcpip -tn"));

INSTANTIATE_TEST_SUITE_P(Spellings, NetstatOptions,
                         testing::Values("--tcp --num", "--tc --nu", "-n foo -t bar", "-tn -- -u", "- -tn",
                                         "-ntu -la", "--list --numeric --udp", "--inet -n", "--ine -n",
                                         "--inet6 -n", "--ip -n", "-A inet -n", "-Ainet6 -n", "-A ip,ip6 -n",
                                         "-A tcpip -n", "--protocol=inet -n", "--prot inet6 -n",
                                         "--appletalk -tn", "-A ash -tn", "-A econet -tn", "-tnd", "-tnF",
                                         "-tnC", "-tnN", "-4 -6 -n", "-64n", "--unix -n", "--une",
                                         "-A unix -tn"));

INSTANTIATE_TEST_SUITE_P(MissingTables, NetstatOptions,
                         testing::Values("-S", "-Sa", "-Sl", "-Sn", "-vn", "-van", "-vSn", "--ipx", "--ax25",
                                         "--x25", "--netrom", "--rose", "-v --ipx", "-2", "-f", "-xf",
                                         "--bluetooth", "-A bluetooth", "--l2cap", "--rfcomm -v", "-4n",
                                         "-6n", "-4vn"));

}  // namespace
}  // namespace conntrail::test
