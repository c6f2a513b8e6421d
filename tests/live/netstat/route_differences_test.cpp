// Routes: where ours is meant to print otherwise than the real netstat.
#include <gtest/gtest.h>

#include <string>

#include "differential.h"
#include "netns.h"
#include "route_fixtures.h"

namespace conntrail::test {
namespace {

class NetstatRouteDifferences : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(is_root()) << "needs root for namespaces"; }

  BothResults both(std::string_view options, const std::vector<std::string>& own = {}) {
    return run_both(options, own, proc_.prefix());
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  ProcFixture proc_;
};

// netstat prints such a line with what the one before had in that place.
TEST_F(NetstatRouteDifferences, DamagedAddressesAreNoRoutes) {
  const std::string good = route_line({});
  for (const char* place : {"0000010A", "0100010A", "0000FFFF"}) {
    std::string damaged = good;
    damaged.replace(damaged.find(place), 8, "zz");
    proc_.file("net/route", route_title() + damaged + good);
    const BothResults result = both("-rn");
    EXPECT_EQ(result.ours.status, 0);
    EXPECT_EQ(result.ours.err, "warning, got bogus route line.\n");
    EXPECT_EQ(result.ours.out,
              "Kernel IP routing table\n"
              "Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n"
              "10.1.0.0        10.1.0.1        255.255.0.0     UG        0 0          0 eth0\n");
    EXPECT_EQ(result.real.err, "");
  }
}

TEST_F(NetstatRouteDifferences, MissingIrttIsZero) {
  const std::string with = route_line({.tail = "0\t0\t77"});
  const std::string without = route_line({.tail = "0\t0"});
  proc_.file("net/route", route_title() + with + without);
  const BothResults result = both("-rn");
  EXPECT_TRUE(has(result.real.out,
                  " 0 0         77 eth0\n10.1.0.0        10.1.0.1        255.255.0.0     UG        0 0 "
                  "        77 eth0\n"));
  EXPECT_TRUE(has(result.ours.out,
                  " 0 0         77 eth0\n10.1.0.0        10.1.0.1        255.255.0.0     UG        0 0 "
                  "         0 eth0\n"))
      << result.ours.out;
}

TEST_F(NetstatRouteDifferences, ShortIpv6LinesAreNoRoutes) {
  const std::string good = address_digits("fd00::") + " 40 " + address_digits("::") + " 00 " +
                           address_digits("fd00::1") + " 00000400 00000001 00000000 00000003     eth0\n";
  const std::string row =
      "fd00::/64                      fd00::1                    UG   1024 1      0 eth0\n";
  for (const std::size_t length : {0U, 1U, 31U, 40U, 70U, 100U, 110U, 130U, 138U}) {
    proc_.file("net/ipv6_route", good + good.substr(0, length) + "\n" + good);
    const BothResults result = both("-6rn");
    EXPECT_TRUE(has(result.ours.out, "Use If\n" + row + row)) << length << result.ours.out;
    EXPECT_EQ(result.ours.err, "warning, got bogus ipv6_route line.\n") << length;
    EXPECT_EQ(result.real.err, "");
  }
}

TEST_F(NetstatRouteDifferences, UnknownCachesHaveNoRows) {
  proc_.file("net/rt_cache",
             "Iface Destination Gateway Flags RefCnt Use Metric Source MTU Window IRTT TOS\n"
             "eth0 0001000A 0101000A 3 1 2 3 0101000A 4 5 6 7\n");
  const BothResults result = both("-reCn");
  EXPECT_EQ(result.ours.out,
            "Kernel IP routing cache\n"
            "ERROR: proc_guess_fmt(/proc/net/rt_cache,... returned: 3\n"
            "Source          Destination     Gateway         Flags Metric Ref    Use Iface\n");
  EXPECT_TRUE(result.real.out.starts_with(result.ours.out));
  EXPECT_GT(result.real.out.size(), result.ours.out.size());
}

TEST_F(NetstatRouteDifferences, NamesOfDevicesAreWhole) {
  proc_.file("net/ax25_route", "callsign  dev  mode digipeaters\nDL1ABC    bpqeth0    vc\n");
  EXPECT_TRUE(has(both("-r --ax25").real.out, "DL1ABC       bpqe       0\n"));
  EXPECT_TRUE(has(both("-r --ax25").ours.out, "DL1ABC       bpqeth0      0\n"));

  proc_.file("net/nr_neigh", "title\n00001 DB0AAA-1  bpqeth0  192    0     1      0\n");
  proc_.file("net/nr_nodes", "title\nDL1ABC-1  MNEMO    1 1  192   6 00001\n");
  EXPECT_TRUE(has(both("-r --netrom").real.out, "DB0AAA-1   bpqe\n"));
  EXPECT_TRUE(has(both("-r --netrom").ours.out, "DB0AAA-1   bpqeth0\n"));

  proc_.file("net/rose_neigh", "title\n00001 DB0AAA-1  bpqeth0     1   0  DTE      no   0   0\n");
  proc_.file("net/rose_nodes", "title\n2080175524 0010 2 00001 00001\n2080175520 0010 1 loopback\n");
  EXPECT_TRUE(
      has(both("-r --rose").real.out, "DB0AAA-1     bpqet00001  DB0AAA-1     bpqet\n2080175520   00000"));
  EXPECT_TRUE(has(both("-r --rose").ours.out,
                  "DB0AAA-1     bpqeth0 00001  DB0AAA-1     bpqeth0 \n2080175520   loopback  \n"));

  proc_.file("net/x25/route", "title\n12345            5       averyveryverylo\n");
  EXPECT_TRUE(has(both("-r --x25").real.out, "averyveryv\n"));
  EXPECT_TRUE(has(both("-r --x25").ours.out, "12345/5              averyveryverylo\n"));
}

TEST_F(NetstatRouteDifferences, NodesWithoutNeighbourHaveTheirLine) {
  proc_.file("net/nr_neigh", "title\n00001 DB0AAA-1  ax0   192    0     1      0\n");
  proc_.file(
      "net/nr_nodes",
      "title\nDL1ABC-1  X        1 1    9   9 00009\nDL1ABC-2  X        1 0\nDL1ABC-3  X        1 1    9   9 "
      "00001\n");
  EXPECT_TRUE(has(both("-r --netrom").real.out, "DL1ABC-1     X         DL1ABC-2"));
  EXPECT_TRUE(has(both("-r --netrom").ours.out,
                  "DL1ABC-1     X           9      *          *   \n"
                  "DL1ABC-2     X           0      *          *   \n"
                  "DL1ABC-3     X           9      DB0AAA-1   ax0 \n"));
}

TEST_F(NetstatRouteDifferences, DamagedRadioLinesAreTold) {
  proc_.file("net/ax25_route", "title\nshort\nDL1ABC    ax0    vc\n\n");
  const BothResults result = both("-r --ax25");
  EXPECT_TRUE(has(result.ours.out, "Use\nDL1ABC       ax0        0\n"));
  EXPECT_EQ(result.ours.err, "warning, got bogus ax25_route line.\nwarning, got bogus ax25_route line.\n");
  EXPECT_TRUE(has(result.real.out, "short"));
}

TEST_F(NetstatRouteDifferences, MissingFilesOfRadioAreTold) {
  EXPECT_EQ(both("-r --netrom").ours.err,
            "/proc/net/nr_nodes: No such file or directory\n/proc/net/nr_neigh: No such file or directory\n");
  EXPECT_FALSE(has(both("-r --netrom").real.err, "nr_neigh: No such file"));

  proc_.file("net/rose_nodes", "title\n2080175524 0010 1 00001\n");
  EXPECT_GE(both("-r --rose").real.status, 128);  // killed
  EXPECT_EQ(both("-r --rose").ours.status, 1);
  EXPECT_EQ(both("-r --rose").ours.err,
            "/proc/net/rose_neigh: No such file or directory\nROSE not configured in this system.\n");

  proc_.file("net/atalk_route", "");
  EXPECT_GE(both("-r --ddp").real.status, 128);
  EXPECT_EQ(both("-r --ddp").ours.status, 0);
}

TEST_F(NetstatRouteDifferences, DirectIpxRoutesAreCalledSo) {
  proc_.file("net/ipx/route", "Network    Router_Net   Router_Node\n00000007   Directly     Connected\n");
  EXPECT_TRUE(has(both("-r --ipx").real.out, "0000000D                  C00000000000"));
  EXPECT_TRUE(has(both("-r --ipx").ours.out,
                  "00000007                  Directly                  Connected                \n"));
}

TEST_F(NetstatRouteDifferences, ControlCharactersOfDevicesAreEscaped) {
  proc_.file("net/route", route_title() + route_line({.device = "e\x1b[2J"}));
  EXPECT_TRUE(has(both("-rn").real.out, "e\x1b[2J\n"));
  EXPECT_TRUE(has(both("-rn").ours.out, " e?[2J\n"));
}

// The other tables as records, from files with known content.
TEST_F(NetstatRouteDifferences, RecordsOfEveryTable) {
  add_other_families(proc_);
  EXPECT_TRUE(
      has(both("-r --netrom", {"--json"}).ours.out,
          "{\"type\":\"route\",\"family\":\"netrom\",\"table\":\"main\",\"destination\":\"DL1ABC-1\","
          "\"gateway\":\"DB0AAA-1\",\"interface\":\"ax0\",\"mnemonic\":\"MNEMO\",\"quality\":192}\n"));
  EXPECT_TRUE(
      has(both("-r --rose", {"--json"}).ours.out,
          "\"destination\":\"2080175524\",\"prefix_length\":10,\"gateway\":\"DB0BBB-12\",\"interface\":"
          "\"ax1\"}\n"));
  EXPECT_TRUE(
      has(both("-r --x25", {"--json"}).ours.out,
          "\"family\":\"x25\",\"table\":\"main\",\"destination\":\"123\",\"prefix_length\":3,\"interface\":"
          "\"lapb1\"}\n"));
  EXPECT_TRUE(
      has(both("-r --ipx", {"--json"}).ours.out,
          "\"destination\":\"00000001\",\"gateway\":\"00000002\",\"gateway_node\":\"001122334455\"}\n"));
  EXPECT_TRUE(
      has(both("-r --ddp", {"--json"}).ours.out,
          "\"destination\":\"FF00:11\",\"gateway\":\"0000:00\",\"interface\":\"eth0\",\"flags\":[\"up\","
          "\"gateway\"]}\n"));
  EXPECT_TRUE(has(both("-r --ax25", {"--csv"}).ours.out, "\r\nroute,ax25,main,DL1ABC-12,,,,,,ax1,"));

  proc_.file(
      "net/rt_cache",
      "Iface Destination Gateway Flags RefCnt Use Metric Source MTU Window IRTT TOS HHRef HHUptod SpecDst\n"
      "eth0 0001000A 0101000A 80000000 1 2 3 0201000A 4 5 6 8 7 1 0301000A\n");
  EXPECT_EQ(
      both("-rCn", {"--json"}).ours.out,
      "{\"type\":\"route\",\"family\":\"inet\",\"table\":\"cache\",\"destination\":\"10.0.1.0\","
      "\"source\":\"10.0.1.2\",\"gateway\":\"10.0.1.1\",\"interface\":\"eth0\",\"flags\":[\"local\"],"
      "\"metric\":3,\"references\":1,\"uses\":2,\"mtu_bytes\":4,\"window_bytes\":5,\"irtt_ms\":6,\"tos\":8,"
      "\"hardware_header_references\":7,\"hardware_header_valid\":true,"
      "\"specific_destination\":\"10.0.1.3\"}\n");

  add_neighbours(proc_);
  EXPECT_TRUE(
      has(both("-6rCn", {"--json"}).ours.out,
          "{\"type\":\"neighbour\",\"family\":\"inet6\",\"address\":\"fd00::1\",\"prefix_length\":128,"
          "\"hardware_address\":\"00:11:22:33:44:aa\",\"interface\":\"eth0\",\"flags\":[\"router\"],"
          "\"references\":0,\"state\":\"REACHABLE\",\"stale_after_s\":17,\"deleted_after_s\":8}\n"));
}

// What would disturb records on stdout is told on stderr.
TEST_F(NetstatRouteDifferences, RecordsAreAlone) {
  const CommandResult missing = both("-r --x25", {"--json"}).ours;
  EXPECT_EQ(missing.status, 1);
  EXPECT_EQ(missing.out, "");
  EXPECT_EQ(missing.err, "X.25 not configured in this system.\n");
}

}  // namespace
}  // namespace conntrail::test
