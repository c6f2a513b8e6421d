// The tables of AX.25, NET/ROM, ROSE, X.25 and IPX: every state, odd values and damaged lines.
#include <gtest/gtest.h>

#include "differential.h"
#include "netns.h"

namespace conntrail::test {
namespace {

class NetstatOldFamilies : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(is_root()) << "needs root for a mount namespace"; }

  void expect_same(std::initializer_list<const char*> lines) {
    for (const char* line : lines)
      EXPECT_TRUE(same_as_netstat(line, Tolerance::none, {"--source=proc"}, proc_.prefix()));
  }

  ProcFixture proc_;
};

TEST_F(NetstatOldFamilies, Ax25) {
  std::string text;
  for (const char* state : {"0", "1", "2", "3", "4"}) {
    for (const char* queues : {"0 0", "100 200", "1234567 7654321", "-1 -2"}) {
      text += std::string("ffff8800aabbccdd ax0 DB0XYZ-1 DL1ABC,DB0FHN*,DB0AAA ") + state +
              " 7 5 6 0 10 0 3 0 300 0 0 0 10 5 2 256 " + queues + " 4711\n";
    }
  }
  text +=
      "ffff a-device-name-longer LONGCALL-15 ANOTHER-LONGCALL-15 3 127 1000 0 1 2 3 4 5 6 7 8 9 10 11 12 13 "
      "1 2 "
      "3\n"
      "ffff ??? * * 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1\n"
      "ffff ax0 DB0XYZ-1 DL1ABC 3 1 2 0 1 2 3\n"
      "ffff ax0 DB0XYZ-1 DL1ABC three 1 2\n"
      "ffff ax0 DB0XYZ-1\n";
  proc_.file("net/ax25", text);
  expect_same({"--ax25", "-a --ax25", "-l --ax25", "-n --ax25", "-ep --ax25", "-oW --ax25", "-v --ax25",
               "-A ax25", "--protocol=ax25"});
}

TEST_F(NetstatOldFamilies, Netrom) {
  std::string text(
      "user_addr dest_node src_node  dev    my  your  st  vs  vr  va    t1     t2     t4      idle   n2  wnd "
      "Snd-Q Rcv-Q inode\n");
  for (const char* state : {"0", "1", "2", "3"}) {
    for (const char* queues : {"    0     0", "   10    20", "1234567 7654321"}) {
      text += std::string("DL1ABC-15 DB0XYZ-12 DB0FHN-3  nr0    a1/fF 03/04   ") + state +
              "   1   2   3   0/120   0/5   0/180   0/0   0/3   4 " + queues + " 4711\n";
    }
  }
  text +=
      "*         *         DB0FHN-3  ???    00/00 00/00   0   0   0   0   0/120   0/5   0/180   0/0   0/3   "
      "4     "
      "0     0 1\n"
      "DL1ABC-15 DB0XYZ-12 DB0FHN-3  nr0    zz/fF 03/04   3\n"
      "DL1ABC-15 DB0XYZ-12 DB0FHN-3  nr0    01/02 03/04   3   1   2   3   0/120   0/5\n"
      "DL1ABC-15 DB0XYZ-12 DB0FHN-3  nr0    01/02\n";
  proc_.file("net/nr", text);
  expect_same({"--netrom", "-a --netrom", "-l --netrom", "-nepo --netrom", "-W --netrom", "-A netrom -v"});
}

TEST_F(NetstatOldFamilies, Rose) {
  std::string text(
      "dest_addr  dest_call src_addr   src_call  dev   lci neigh st vs vr va   t  t1  t2  t3  hb    idle "
      "Snd-Q "
      "Rcv-Q inode\n");
  for (const char* state : {"0", "1", "2", "3"}) {
    for (const char* channel : {"000 00000", "001 00002", "4095 99999"}) {
      text += std::string("208017552  DL1ABC-1  208017553  DB0XYZ-1  rose0 ") + channel + "  " + state +
              " 0 0 0 0 0 0 0 0 0/000 0 0 4711\n";
    }
  }
  text +=
      "*          *         208017553  DB0XYZ-1  ???   000 00000  0 0 0 0 0 0 0 0 0 0/000 0 0 4711\n"
      "208017552  DL1ABC-1  208017553\n"
      "208017552  DL1ABC-1  208017553  DB0XYZ-1  rose0 x\n";
  proc_.file("net/rose", text);
  expect_same({"--rose", "-a --rose", "-l --rose", "-nepo --rose", "-W --rose", "-A rose -v"});
}

TEST_F(NetstatOldFamilies, X25) {
  std::string text("dest_addr  src_addr   dev   lci st vs vr va   t  t2 t21 t22 t23 Snd-Q Rcv-Q inode\n");
  for (const char* state : {"0", "1", "2", "3", "4"}) {
    for (const char* channel : {"000", "001", "4095"}) {
      text += std::string("1234567890 0987654321 x25t0 ") + channel + "  " + state +
              "  1  127  3   4   5   6   7   8     10 7654321 4711\n";
    }
  }
  text += "*          *          ???   000  0  0  0  0   0   2 200 180 180     0     0 1\n";
  proc_.file("net/x25", text);
  expect_same({"--x25", "-a --x25", "-l --x25", "-nepo --x25", "-aW --x25", "-A x25 -va"});
}

TEST_F(NetstatOldFamilies, Ipx) {
  static constexpr const char* kTitle =
      "Local_Address               Remote_Address              Tx_Queue  Rx_Queue  State  Uid\n";
  std::string text(kTitle);
  for (const char* state : {"00", "01", "02", "07", "11"}) {
    for (const char* uid : {"000", "1000", "4294967294", "77777"}) {
      text += std::string("0000AB01:0000000000FF:0451  00000002:1234567890AB:4000  00000010  000F4240  ") +
              state + "     " + uid + "\n";
    }
  }
  text +=
      "00000000:000000000000:4000  Not_Connected               00000000  00000000  07     000\n"
      "00000000:1234567890AB:0001  FFFFFFFF:FFFFFFFFFFFF:FFFF  00000001  FFFFFFFF  01     000\n"
      "FFFFFFFF:000000000000:1     00000001:000000000000:FF00  1  2  1     000\n";
  // Found by fuzzing: numbers that are too long, nodes that are too short.
  for (const char* address :
       {"1FFFFFFFF:000000000001", "100000000:000000000001", "FFFFFFFFFFFFFFFF:000000000001",
        "-1:000000000001", "00000001:021", "00000001:2", "00000001:02100000000G", "00000001:0210000000001122",
        "00000001:G2", "00000001:0G2", "00000001:", "G:1"}) {
    text += std::string(address) + ":4000  Not_Connected  FFFFFFFFFFFFFFFF  8000000000000000  1  0\n";
  }
  proc_.file("net/ipx/socket", text);
  expect_same({"--ipx", "-a --ipx", "-l --ipx", "-n --ipx", "-e --ipx", "-ee --ipx", "-en --ipx",
               "-e --numeric-users --ipx", "-e --numeric-hosts --ipx", "-po --ipx", "-W --ipx", "-A ipx -v"});
  // A line without a port ends the run.
  proc_.file("net/ipx/socket", std::string(kTitle) + "nothing nowhere 1 2 3 4\n");
  expect_same({"--ipx", "--ipx -en"});
  proc_.file("net/ipx/socket", std::string(kTitle) + "00000001:000000000001:4000  nowhere 1 2 3 4\n");
  expect_same({"--ipx"});
}

TEST_F(NetstatOldFamilies, OnlyTitlesOrNothingAtAll) {
  for (const char* text : {"", "only a title\n"}) {
    for (const char* file : {"net/nr", "net/rose", "net/x25", "net/ipx/socket"}) proc_.file(file, text);
    expect_same({"--netrom", "--rose", "--x25", "--ipx", "-A netrom,rose,x25,ipx", "-n"});
  }
  proc_.file("net/ax25", "");
  expect_same({"--ax25"});
}

TEST_F(NetstatOldFamilies, MissingOnesAreTold) {
  expect_same({"--ax25", "--netrom", "--rose", "--x25", "--ipx", "-v --ax25", "-v --ipx", "-A ipx", "-A ax25",
               "-v -A netrom", "-vn", "-van"});
  proc_.file("net/nr", "title\n");
  expect_same({"--netrom --rose", "-vn", "-v --netrom"});
}

}  // namespace
}  // namespace conntrail::test
