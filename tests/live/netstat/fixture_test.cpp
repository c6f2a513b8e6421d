// Fixed input: the real netstat and ours read the same files in place of /proc.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "differential.h"
#include "netns.h"

namespace conntrail::test {
namespace {

constexpr const char* kTcpTitle =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
constexpr const char* kTcp6Title =
    "  sl  local_address                         remote_address                        st tx_queue rx_queue "
    "tr tm->when "
    "retrnsmt   uid  timeout inode\n";
constexpr const char* kUdpTitle =
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref "
    "pointer drops\n";

// 127.0.0.1 and 10.1.2.3 as a little-endian kernel prints them.
constexpr const char* kLoopback = "0100007F";
constexpr const char* kPeer = "0302010A";

std::string tcp_line(int slot, const std::string& local, const std::string& remote, const std::string& state,
                     const std::string& rest) {
  return "   " + std::to_string(slot) + ": " + local + " " + remote + " " + state + " " + rest +
         " 1 0000000000000000 20 4 30 10 -1\n";
}

std::string every_tcp_state() {
  std::string text(kTcpTitle);
  static constexpr const char* kDigits = "0123456789AB";
  for (int state = 0; state <= 11; ++state) {
    text += tcp_line(
        state, std::string(kLoopback) + ":1F90", std::string(kPeer) + (state == 10 ? ":0000" : ":C001"),
        std::string("0") + kDigits[state], "000000A0:0000B000 00:00000000 00000000  1000        0 4711");
  }
  return text;
}

std::string every_timer() {
  std::string text(kTcpTitle);
  // kind:ticks retransmits uid probes inode
  for (const char* timer :
       {"00:00000000 00000000     0        0 21", "00:00000123 0000000A     0        3 22",
        "01:00000014 00000003     0        0 23", "02:000AEF0E 00000000     0        0 24",
        "03:00000AB3 00000000     0        0 25", "04:00000862 00000000     0        7 26",
        "05:00000001 00000001     0        1 27", "FF:FFFFFFFF FFFFFFFF     0       -1 28",
        "01:00000000 00000000     0        0 29", "01:00000009 00000000     0        0 30",
        "01:FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF     0        0 31", "01:20000000000001 1     0        0 32",
        "7FFFFFFF:1 1     0        0 33", "FFFFFFFF:1 1     0        0 34"}) {
    text += tcp_line(1, std::string(kLoopback) + ":1F90", std::string(kPeer) + ":0050", "01",
                     std::string("00000000:00000000 ") + timer);
  }
  return text;
}

// Lines that netstat calls bogus, and such that it takes although they are odd.
std::string damaged(const char* title, const char* inode) {
  std::string text(title);
  for (const char* line : {
           "\n",
           "garbage\n",
           "   1:\n",
           "   2: 0100007F:1F90\n",
           "   3: 0100007F:1F90 0302010A:0050 01 00000000:00000000 02:000AEF0E\n",
           "   4: 0100007F:1F90 0302010A:0050 01 00000000 00000000 02:000AEF0E 0 0 0 77\n",
           "x  5: 0100007F:1F90 0302010A:0050 01 00000000:00000000 02:000AEF0E 00000000 0 0 77\n",
           "   6: G100007F:1F90 0302010A:0050 01 00000000:00000000 02:000AEF0E 00000000 0 0 77\n",
           "7: 0100007F:1F90 0302010A:0050 1 0:0 2:AEF0E 0 0 0 77\n",
           "8:0100007F:1F90 0302010A:0050 1 0:0 2:AEF0E 0 0 0 77 \n",
           " -9: 0100007F:1f90   0302010a:0050   0x1  0:0  0x2:0xaef0e  0  4294967295   -3   77\n",
           "10: 7F:1F90 A:0050 1 0:0 2:AEF0E 0 4294967296 0 18446744073709551615\n",
           "11: 0100007F:11F90 0302010A:10000 1 0:0 2:AEF0E 0 99999999999999999999 0 "
           "99999999999999999999999\n",
           "12: 0100007F:1F90 0302010A:0050 01 FFFFFFFFFFFFFFFF:8000000000000000 02:000AEF0E 0 0 0 ",
       }) {
    text += line;
  }
  return text + inode + "\n";
}

std::string long_addresses() {
  std::string text(kTcp6Title);
  // fd00:1234:5678:9abc:def0:1234:5678:9abc and others, each with short and long ports.
  for (const char* address : {"341200FDBC9A78563412F0DEBC9A7856", "00000000000000000000000000000000",
                              "00000000000000000000000001000000", "0000000000000000FFFF00000100007F",
                              "0000000000000000FFFF0000FFFFFFFF", "0000000000000000000000000100007F",
                              "B80D0120000000000000000001000000", "000080FE00000000FF005450ABCD12FE",
                              "B80D01200100000002000000030000FF"}) {
    for (const char* port : {"0000", "0016", "3039", "FFFF"}) {
      text += tcp_line(1, std::string(address) + ":" + port, std::string(address) + ":01BB", "01",
                       "00000000:00000000 00:00000000 00000000     0        0 4711");
    }
  }
  return text;
}

std::string udp_rows() {
  std::string text(kUdpTitle);
  for (const char* state : {"01", "07", "02", "00", "FF"}) {
    for (const char* timer : {"00:00000000", "01:00000123", "02:00000456", "03:00000001"}) {
      text += std::string("  10: 0100007F:0035 0302010A:1F90 ") + state + " 00000010:00000300 " + timer +
              " 00000007   101        5 4711 2 0000000000000000 0\n";
    }
  }
  text +=
      "  11: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 12 2 0 0\n";
  text +=
      "  12: 0100007F:0044 00000000:0035 07 00000000:00000000 00:00000000 00000000     0        0 13 2 0 0\n";
  return text;
}

std::string unix_rows() {
  std::string text("Num       RefCount Protocol Flags    Type St Inode Path\n");
  int inode = 100;
  for (const char* flags : {"00000000", "00010000", "00030000", "00070000", "00020000", "00050000"}) {
    for (const char* type : {"0001", "0002", "0003", "0004", "0005", "000A"}) {
      for (const char* state : {"00", "01", "02", "03", "04", "09"}) {
        text += std::string("0000000000000000: 00000002 00000000 ") + flags + " " + type + " " + state +
                "  " + std::to_string(inode) + (inode % 2 != 0 ? " /run/app/s.sock\n" : "\n");
        ++inode;
      }
    }
  }
  text += "0000000000000000: 0000000F 00000001 00000000 0001 03 123456789 @abstract@name\n";
  text += "0xffff: FFFFFFFFFFFFFFFF 0 0 1 3 7 /x\n";
  text += "ffff: 1 0 0 1\nbogus\n\n";
  return text;
}

std::string sctp_endpoints() {
  return " ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS\n"
         "ffff8800 ffff8801 2   10  27   5000      0 4711 10.1.0.1 10.2.0.1 "
         "0000:0000:0000:0000:0000:0000:0000:0001\n"
         "ffff8800 ffff8801 0   10  27   0      1000 4712 0.0.0.0\n"
         "ffff8800 ffff8801 0   99  27   1      1000 4713 0.0.0.0 \n"
         "ffff8800 ffff8801 0\n"
         "ffff8800 ffff8801 2   10  27   65535      0 21 FD00:1234:5678:9ABC:DEF0:1234:5678:9ABC\n";
}

std::string sctp_associations() {
  return " ASSOC     SOCK   STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT LADDRS <-> "
         "RADDRS HBINT\n"
         "ffff ffff 2   1   3  0       1        0        7    0 4711 5000  41000  *10.1.0.1 10.2.0.1 <-> "
         "*10.3.0.1 10.4.0.1 "
         "10.5.0.1 \t    7500    10    10    0    0        0\n"
         "ffff ffff 2   8   3  0       1  9999999        0 1000 0 5000  41000  *10.1.0.1 <-> *10.3.0.1 \t    "
         "7500\n"
         "ffff ffff 2   -1  3  0       1        5        0 1000 22 5000  41000  "
         "*FD00:0000:0000:0000:0000:0000:0000:0001 "
         "10.1.0.1 10.1.0.2 <-> *10.3.0.1 \t    7500\n"
         "ffff ffff 2   1   3  0       1        5\n";
}

std::string groups() {
  return "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n"
         "1\tlo        :     1      V3\n"
         "\t\t\t\t010000E0     1 0:00000000\t\t0\n"
         "2\taveryveryverylo:     2      V3\n"
         "\t\t\t\tFB0000E0     1 0:00000000\t\t0\n"
         "\t\t\t\t030201EF    12 0:00000000\t\t0\n"
         "x\teth0      :     1      V3\n"
         "\t\t\t\tXYZ     1 0:00000000\t\t0\n"
         "\t\t\t\t010000E0\n";
}

std::string groups6() {
  return "1    lo              ff020000000000000000000000000001     1 0000000C 0\n"
         "2    eth0            ff0200000000000000000001ff123456     3 00000004 0\n"
         "2    averylongnameof20chr ff0200000000000000000001ff123456     3 00000004 0\n"
         "bogus\n"
         "2    eth0            \n";
}

std::string ax25() {
  return "ffff8800 bpq0 DB0XYZ-1 DL1ABC,DB0FHN 3 1 2 0 1 2 3 4 5 6 7 8 9 10 11 12 13 100 200 4711\n"
         "ffff8800 ax0 * DL1ABC 0 0 0 0 1 2 3 4 5 6 7 8 9 10 11 12 13 * * *\n"
         "ffff8800 ax0 S D x\n";
}

std::string netrom() {
  return "user_addr dest_node src_node  dev    my  your  st  vs  vr  va    t1     t2     t4      idle   n2  "
         "wnd Snd-Q Rcv-Q "
         "inode\n"
         "DL1ABC-1  DB0XYZ-2  DB0FHN-3  nr0    01/02 03/04   3   1   2   3   0/120   0/5   0/180   0/0   0/3 "
         " 4     10    20 "
         "4711\n"
         "DL1ABC-1  DB0XYZ-2  DB0FHN-3  nr0    01/02 03/04   x\n";
}

std::string rose() {
  return "dest_addr  dest_call src_addr   src_call  dev   lci neigh st vs vr va   t  t1  t2  t3  hb    idle "
         "Snd-Q Rcv-Q inode\n"
         "208017552  DL1ABC-1  208017553  DB0XYZ-1  rose0 001 00002  3 0 0 0 0 0 0 0 0 0/000 0 0 4711\n"
         "208017552  DL1ABC-1 \n";
}

std::string x25() {
  return "dest_addr  src_addr   dev   lci st vs vr va   t  t2 t21 t22 t23 Snd-Q Rcv-Q inode\n"
         "1234567890 0987654321  x25tap0 001  3  1  2  3   4   5   6   7   8   9    10    20 4711\n"
         "*          0987654321  x25tap0 000  0  1  2  3   4   5   6   7   8   9    10    20 4711\n";
}

std::string ipx() {
  return "Local_Address               Remote_Address              Tx_Queue  Rx_Queue  State  Uid\n"
         "00000001:000000000001:4000  Not_Connected               00000000  00000010  07     000\n"
         "0000AB01:0000000000FF:0451  00000002:1234567890AB:0452  00000010  00000000  01     1000\n"
         "0000AB01:0000000000FF:0451  00000002:1234567890AB:0452  00000010  00000000  02     4294967294\n";
}

class NetstatFixture : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(is_root()) << "needs root for a mount namespace"; }

  void expect_same(std::initializer_list<const char*> lines) {
    for (const char* line : lines) {
      EXPECT_TRUE(same_as_netstat(line, Tolerance::none, {"--source=proc"}, proc_.prefix()));
    }
  }

  ProcFixture proc_;
};

TEST_F(NetstatFixture, EveryTcpState) {
  proc_.file("net/tcp", every_tcp_state());
  expect_same({"-tan", "-tn", "-tln", "-tanpeo", "-tae --numeric-hosts", "-4tan", "-6tan"});
}

TEST_F(NetstatFixture, EveryTimer) {
  proc_.file("net/tcp", every_timer());
  proc_.file("net/udp", udp_rows());
  proc_.file("net/raw", udp_rows());
  expect_same({"-tano", "-tanepo", "-uano", "-uanpeo", "-wano", "-tuwan", "-un", "-uln", "-wn", "-wln"});
}

TEST_F(NetstatFixture, DamagedLines) {
  proc_.file("net/tcp", damaged(kTcpTitle, "77"));
  proc_.file("net/udp", damaged(kUdpTitle, "77"));
  proc_.file("net/raw", damaged(kUdpTitle, "77"));
  // The UDP and raw lines with ten fields leave user and inode unset in netstat, so -e has no answer to
  // compare with.
  expect_same({"-tane", "-uan", "-wan", "-tuwan", "-tn", "-un", "-tln", "-tano"});
}

TEST_F(NetstatFixture, LongAddresses) {
  proc_.file("net/tcp6", long_addresses());
  proc_.file("net/udp6", long_addresses());
  proc_.file("net/raw6", long_addresses());
  expect_same({"-tan", "-tanW", "-uan", "-uanW", "-wan", "-wanW", "-tan6", "-tae --numeric-hosts",
               "-taW --numeric-hosts", "-wa --numeric-hosts"});
}

TEST_F(NetstatFixture, UnixSockets) {
  proc_.file("net/unix", unix_rows());
  expect_same({"-x", "-xa", "-xl", "-xap", "-xaeo", "-xlp"});
}

TEST_F(NetstatFixture, UnixSocketsWithoutInodes) {
  proc_.file("net/unix",
             "Num       RefCount Protocol Flags    Type St Path\n"
             "00000000: 00000002 00000000 00010000 0001 01 /run/x\n");
  expect_same({"-xa", "-xap"});
}

TEST_F(NetstatFixture, Sctp) {
  proc_.file("net/tcp", kTcpTitle);
  proc_.file("net/sctp/eps", sctp_endpoints());
  proc_.file("net/sctp/assocs", sctp_associations());
  expect_same({"-Sn", "-San", "-Sln", "-Sanpeo", "-Sa -n -W", "-tSan", "-Sa --numeric-ports", "-SaN", "-4San",
               "-6San"});
}

TEST_F(NetstatFixture, Groups) {
  proc_.file("net/igmp", groups());
  expect_same({"-gn", "-4gn"});
  proc_.file("net/igmp6", groups6());
  expect_same({"-gn", "-6gn", "-4gn"});
}

TEST_F(NetstatFixture, OldFamilies) {
  proc_.file("net/ax25", ax25());
  proc_.file("net/nr", netrom());
  proc_.file("net/rose", rose());
  proc_.file("net/x25", x25());
  proc_.file("net/ipx/socket", ipx());
  expect_same({"--ax25", "--netrom", "--rose", "--x25", "-a --x25", "--ipx", "--ipx -e", "--ipx -en", "-n",
               "-an", "-A ax25,netrom,rose,x25,ipx"});
}

TEST_F(NetstatFixture, Ax25OfOldKernels) {
  proc_.file("net/ax25",
             "dest_addr src_addr  dev    st vs vr va    t1     t2     t3      idle   n2  rtt wnd paclen   "
             "Snd-Q Rcv-Q\n"
             "DL1ABC-1  DB0XYZ-1  ax0     3  1  2  3   0/10    0/3   0/300    0/0   0/10  1   2  256       "
             "10    20\n"
             "DL1ABC-1  DB0XYZ-1  ax0     0  1  2  3   0/10    0/3   0/300    0/0   0/10  1   2  256\n");
  expect_same({"--ax25"});
}

TEST_F(NetstatFixture, Programs) {
  std::string rows(kTcpTitle);
  for (int inode = 10; inode < 22; ++inode) {
    rows += tcp_line(1, std::string(kLoopback) + ":1F90", std::string(kPeer) + ":0050", "01",
                     "00000000:00000000 00:00000000 00000000     0        0 " + std::to_string(inode));
  }
  proc_.file("net/tcp", rows);
  const auto process = [&](const std::string& pid, const std::string& command_line) {
    proc_.file(pid + "/cmdline", command_line);
  };
  using namespace std::string_literals;
  process("3000", "/usr/sbin/a-very-long-daemon-name\0-x\0"s);
  proc_.link("3000/fd/3", "socket:[11]");
  proc_.link("3000/fd/4", "[0000]:12");
  proc_.link("3000/fd/5", "socket:[9]");
  process("3001", "sshd: x [priv]"s);
  proc_.link("3001/fd/3", "socket:[13]");
  proc_.link("3001/fd/x", "socket:[14]");
  process("3002", "/bin/second"s);
  proc_.link("3002/fd/3", "socket:[11]");
  process("42", "");
  proc_.link("42/fd/3", "socket:[15]");
  process("1234567", "./rel/tcp_client\0"s);
  proc_.link("1234567/fd/0", "socket:[16]");
  proc_.link("77/fd/0", "socket:[17]");  // no command line
  process("78", "/\0"s);
  proc_.link("78/fd/0", "socket:[18]");
  process("79", "/usr/bin/x y/z w\0"s);
  proc_.link("79/fd/0", "socket:[19]");
  proc_.link("79/fd/1", "socket:[20");
  proc_.link("79/fd/2", "socket:[18446744073709551615]");
  process("80", std::string(600, 'a') + "/" + std::string(20, 'b'));
  proc_.link("80/fd/0", "socket:[20]");
  process("81x", "no-process");
  proc_.link("81x/fd/0", "socket:[21]");
  expect_same({"-tnp", "-tanp", "-tanpe", "-xp"});
}

TEST_F(NetstatFixture, NothingThere) {
  expect_same({"-t", "-tn", "-u", "-w", "-x", "-g", "-an", "-4n", "-6n", "-6tn", "-p -tn", "-v -n"});
}

}  // namespace
}  // namespace conntrail::test
