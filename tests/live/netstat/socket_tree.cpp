#include "socket_tree.h"

#include <array>

namespace conntrail::test {

namespace {

constexpr std::array kV4{"0100007F", "0302010A", "00000000", "FFFFFFFF", "0100000A"};
constexpr std::array kV6{"00000000000000000000000001000000", "341200FDBC9A78563412F0DEBC9A7856",
                         "00000000000000000000000000000000", "0000000000000000FFFF00000302010A",
                         "000080FE00000000FF005450ABCD12FE"};
constexpr std::array kPorts{"0000", "0016", "0050", "1F90", "FFFF"};
constexpr std::array kUids{"0", "1000", "1001", "65534", "4294967295"};

// Rows with every state of `states`, every timer, addresses, ports and users in turn. Inodes count from
// `inode`.
template <std::size_t N>
std::string rows(const std::array<const char*, N>& addresses, const std::vector<std::string>& states,
                 int inode) {
  static constexpr std::array kTimers{"00:00000000 00000000", "01:00000014 00000003", "02:000AEF0E 00000000",
                                      "03:00000AB3 00000000", "04:00000862 00000001", "07:00000001 00000002"};
  static constexpr std::array kQueues{"00000000:00000000", "00000010:000F4240", "7FFFFFFF:00000001"};
  std::string text(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n");
  for (std::size_t i = 0; i < 2 * states.size() * N; ++i) {
    const bool listens = states[i % states.size()] == "0A";
    text += std::to_string(i) + ": " + addresses[i % N] + ":" + kPorts[i / N % 5] + " " +
            addresses[listens ? 2 : (i / 2) % N] + ":" + (listens ? "0000" : kPorts[(i / 3) % 5]) + " " +
            states[i % states.size()] + " " + kQueues[i % 3] + " " + kTimers[i % 6] + " " + kUids[i % 5] +
            " " + std::to_string(i % 4) + " " + std::to_string(inode++) +
            " 1 0000000000000000 20 4 30 10 -1\n";
  }
  return text + "a damaged line\n";
}

// Names from files alone.
constexpr const char* kFilesOnly =
    "hosts: files\nservices: files\nprotocols: files\nnetworks: files\npasswd: files\n";

const std::vector<std::string> kTcpStates{"01", "02", "03", "04", "05", "06", "07", "08", "09", "0A", "0B"};
const std::vector<std::string> kDatagramStates{"01", "07", "02"};

}  // namespace

SocketTree::SocketTree() {
  internet_sockets();
  sctp();
  unix_sockets();
  old_families();
  processes();
  databases();
}

std::vector<std::string> SocketTree::prefix() const {
  std::vector<std::string> words = etc_.prefix();
  const auto proc = proc_.prefix();
  words.insert(words.end(), proc.begin(), proc.end());
  return words;
}

void SocketTree::internet_sockets() {
  proc_.file("net/tcp", rows(kV4, kTcpStates, 1000));
  proc_.file("net/tcp6", rows(kV6, kTcpStates, 2000));
  proc_.file("net/udp", rows(kV4, kDatagramStates, 3000));
  proc_.file("net/udp6", rows(kV6, kDatagramStates, 3100));
  proc_.file("net/udplite", rows(kV4, kDatagramStates, 3200));
  proc_.file("net/udplite6", rows(kV6, kDatagramStates, 3300));
  proc_.file("net/raw", rows(kV4, kDatagramStates, 3400));
  proc_.file("net/raw6", rows(kV6, kDatagramStates, 3500));
  proc_.file("net/igmp",
             "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n"
             "1\tlo        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n"
             "2\taveryveryverylo:     2      V2\n\t\t\t\tFB0000E0     1 0:00000000\t\t0\n"
             "\t\t\t\t030201EF    12 0:00000000\t\t0\n");
  proc_.file("net/igmp6",
             "1    lo              ff020000000000000000000000000001     1 0000000C 0\n"
             "2    averyveryverylo ff0200000000000000000001ff123456     3 00000004 0\n");
}

void SocketTree::sctp() {
  proc_.file("net/sctp/eps",
             " ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS\n"
             "ffff8800 ffff8801 2   10  27   5000      0 3600 10.1.2.3 10.0.0.1 \n"
             "ffff8800 ffff8801 0   7   27   22     1001 3601 0.0.0.0 \n"
             "ffff8800 ffff8801 0\n"
             "ffff8800 ffff8801 2   10  27   80     1000 3602 FD00:1234:5678:9ABC:DEF0:1234:5678:9ABC \n");
  std::string associations(
      " ASSOC     SOCK   STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT LADDRS <-> RADDRS "
      "HBINT\n");
  for (int state = 0; state < 12; ++state) {
    associations += "ffff8800 ffff8801 2   " + std::to_string(state) + "   3  9       1 " +
                    std::to_string(state * 12345) + " 7 " + kUids[static_cast<std::size_t>(state % 4)] + " " +
                    std::to_string(3610 + state) + " 5000 80 *10.1.2.3 " +
                    (state % 2 != 0 ? "10.0.0.1 10.2.0.1 " : "") + "<-> *10.0.0.1 " +
                    (state % 3 != 0 ? "FD00:0000:0000:0000:0000:0000:0000:0001 " : "") +
                    "\t    7500     5     5   10    0    0        0\n";
  }
  proc_.file("net/sctp/assocs", associations + "ffff8800 ffff8801 2   1   3  0       1        5\n");
}

void SocketTree::unix_sockets() {
  std::string text("Num       RefCount Protocol Flags    Type St Inode Path\n");
  int inode = 4000;
  for (const char* flags : {"00000000", "00010000", "00020000", "00040000", "00070000"}) {
    for (const char* type : {"0001", "0002", "0003", "0004", "0005", "0006"}) {
      for (const char* state : {"00", "01", "02", "03", "04", "05"}) {
        text +=
            std::string("0000000000000000: 0000001F 0000000") + (inode % 7 == 0 ? "1 " : "0 ") + flags + " " +
            type + " " + state + " " + std::to_string(inode) +
            (inode % 3 == 0 ? "" : (inode % 3 == 1 ? " @abstract" : " /run/a/longer/path/than/most.sock")) +
            "\n";
        ++inode;
      }
    }
  }
  proc_.file("net/unix", text + "damaged\n0: 1 0 0 1\n");
}

void SocketTree::old_families() {
  proc_.file("net/ax25",
             "ffff8800 ax0 DB0XYZ-1 DL1ABC,DB0FHN 3 1 2 0 1 2 3 4 5 6 7 8 9 10 11 12 13 100 200 4711\n");
  proc_.file(
      "net/nr",
      "user_addr dest_node src_node  dev    my  your  st  vs  vr  va    t1     t2     t4      idle   n2  wnd "
      "Snd-Q Rcv-Q inode\n"
      "DL1ABC-1  DB0XYZ-2  DB0FHN-3  nr0    01/02 03/04   3   1   2   3   0/120   0/5   0/180   0/0   0/3  4 "
      "    10    20 4711\n");
  proc_.file("net/rose",
             "dest_addr  dest_call src_addr   src_call  dev   lci neigh st vs vr va   t  t1  t2  t3  hb    "
             "idle Snd-Q "
             "Rcv-Q inode\n"
             "208017552  DL1ABC-1  208017553  DB0XYZ-1  rose0 001 00002  3 0 0 0 0 0 0 0 0 0/000 0 0 4711\n");
  proc_.file("net/x25",
             "dest_addr  src_addr   dev   lci st vs vr va   t  t2 t21 t22 t23 Snd-Q Rcv-Q inode\n"
             "1234567890 0987654321  x25tap0 001  3  1  2  3   4   5   6   7   8   9    10    20 4711\n"
             "*          0987654321  x25tap0 000  0  1  2  3   4   5   6   7   8   9    10    20 4711\n");
  proc_.file("net/ipx/socket",
             "Local_Address               Remote_Address              Tx_Queue  Rx_Queue  State  Uid\n"
             "00000001:000000000001:4000  Not_Connected               00000000  00000010  07     000\n"
             "0000AB01:0000000000FF:0451  00000002:1234567890AB:0452  00000010  00000000  01     1000\n");
}

void SocketTree::processes() {
  using namespace std::string_literals;
  proc_.file("100/cmdline", "/usr/sbin/sshd\0-D\0"s);
  proc_.file("2222222/cmdline", "a-program-with-a-long-name"s);
  for (int inode = 1000; inode < 4200; inode += 41) {
    const std::string link = "socket:[" + std::to_string(inode) + "]";
    proc_.link((inode % 2 == 0 ? "100/fd/" : "2222222/fd/") + std::to_string(inode), link);
  }
}

void SocketTree::databases() {
  etc_.file("nsswitch.conf", kFilesOnly);
  etc_.file("hosts",
            "127.0.0.1 localhost\n::1 ip6-localhost\n10.1.2.3 a-host-name-longer-than-the-column.example.org "
            "short\n"
            "10.0.0.1 gateway\n224.0.0.1 all-systems.mcast.net\nff02::1 ip6-allnodes\n"
            "fd00:1234:5678:9abc:def0:1234:5678:9abc six.example.org\nfd00::1 six-one\n");
  etc_.file(
      "services",
      "ssh 22/tcp\nssh-over-datagrams 22/udp\nhttp 80/tcp www\na-service-name-longer-than-a-column 8080/tcp\n"
      "eighteen-letters-x 8080/udp\nlast 65535/tcp\nlast 65535/udp\n");
  etc_.file("protocols", "icmp 1 ICMP\nidp 22 XNS-IDP\nospf 89 OSPFIGP\niso-ip 80 ISO-IP\n");
  etc_.file("passwd",
            "root:x:0:0:root:/root:/bin/sh\na-user-name-longer-than-ten:x:1000:1000::/:/bin/sh\n"
            "bob:x:1001:1001::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n");
}

}  // namespace conntrail::test
