// netstat -i: interfaces of every kind, live and from fixtures, beside the real netstat.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "conntrail/base/unique_fd.h"
#include "differential.h"
#include "netns.h"
#include "running_lines.h"

namespace conntrail::test {
namespace {

void ip(const std::string& words) {
  std::vector<std::string> command{"ip"};
  for (std::string& word : words_of(words)) command.push_back(std::move(word));
  must_run(command);
}

ifreq request_for(const std::string& name) {
  ifreq request{};
  std::strncpy(request.ifr_name, name.c_str(), sizeof request.ifr_name - 1);
  return request;
}

// Flags that ip cannot set.
void add_flags(const std::string& name, int flags) {
  const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = request_for(name);
  if (::ioctl(fd.get(), SIOCGIFFLAGS, &request) != 0) throw std::runtime_error("SIOCGIFFLAGS");
  request.ifr_flags = static_cast<short>(request.ifr_flags | flags);
  if (::ioctl(fd.get(), SIOCSIFFLAGS, &request) != 0) throw std::runtime_error("SIOCSIFFLAGS");
}

// A tap device that can pretend to be of any hardware type; gone with this object.
class TapDevice {
 public:
  explicit TapDevice(const std::string& name) : fd_(::open("/dev/net/tun", O_RDWR | O_CLOEXEC)) {
    ifreq request = request_for(name);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (!fd_ || ::ioctl(fd_.get(), TUNSETIFF, &request) != 0)
      throw std::runtime_error("cannot make a tap device");
  }
  void become(int hardware) {
    if (::ioctl(fd_.get(), TUNSETLINK, hardware) != 0) throw std::runtime_error("TUNSETLINK");
  }

 private:
  UniqueFd fd_;
};

// Loopback with traffic and an alias; bridges, veth, tap and tun; up and down, with every flag that can be
// set. No name of 15 characters is up: netstat loses its counters.
void make_interfaces() {
  for (const char* line : {"addr add 127.0.0.5/8 dev lo label lo:5",
                           "link add br10 type bridge",
                           "link add br2 type bridge",
                           "link set br2 up",
                           "addr add 10.1.1.1/24 brd + dev br2",
                           "addr add 10.1.2.1/24 brd + dev br2 label br2:10",
                           "addr add 10.1.3.1/24 dev br2 label br2:9",
                           "addr add 10.1.4.1/30 dev br2 label br2:web",
                           "addr add fd00::1/64 dev br2 nodad",
                           "addr add fec0::1/48 dev br2 nodad",
                           "addr add ::ffff:10.7.7.7/128 dev br2 nodad",
                           "link add veth0 type veth peer name veth1",
                           "link set veth0 up allmulticast on mtu 9000",
                           "link set veth1 up arp off dynamic on",
                           "tuntap add tap0 mode tap",
                           "link set tap0 up promisc on txqueuelen 0",
                           "addr add 10.2.0.1/24 dev tap0 label tap0:1",
                           "tuntap add tun0 mode tun",
                           "addr add 10.3.0.1 peer 10.3.0.2 dev tun0",
                           "link set tun0 up mtu 1280",
                           "link add fourteen-chars type bridge",
                           "link set fourteen-chars up",
                           "link add fifteen-chars-x type bridge",
                           "link add x.10 type bridge",
                           "link add x.9 type bridge",
                           "link set x.9 up multicast off",
                           "link set x.9 addrgenmode none"}) {
    ip(line);
  }
  add_flags("br10", IFF_DEBUG | IFF_NOTRAILERS);
  add_flags("x.10", IFF_PORTSEL | IFF_AUTOMEDIA);
  // Where the kernel has them, they are compared, too.
  for (const char* line :
       {"link add dummy0 type dummy", "link add dummy1 up type dummy",
        "link add link veth0 name veth0.5 type vlan id 5",
        "tunnel add sit1 mode sit remote 10.1.1.2 local 10.1.1.1", "tunnel add gre1 mode gre remote 10.1.1.2",
        "tunnel add ipip1 mode ipip remote 10.1.1.3 local 10.1.1.1",
        "-6 tunnel add t6 mode ip6ip6 remote fd00::2", "-6 tunnel add g6 mode ip6gre remote fd00::2",
        "link add ifb0 up type ifb", "link add bond0 type bond", "link add vcan0 type vcan",
        "link add mv0 link veth0 type macvlan", "link add vx0 type vxlan id 5 dstport 4789"}) {
    std::vector<std::string> command{"ip"};
    for (std::string& word : words_of(line)) command.push_back(std::move(word));
    static_cast<void>(run_command(command));
  }
  must_run({"bash", "-c", "for i in 1 2 3 4 5; do echo x > /dev/udp/127.0.0.1/9 || :; done"});
}

class NetstatInterfaces : public testing::TestWithParam<const char*> {
 protected:
  std::optional<PrivateNamespace> net_;  // first: what is made in it goes before it
  void SetUp() override {
    ASSERT_TRUE(is_root()) << "needs root for a network namespace";
    net_.emplace();
  }
};

TEST_P(NetstatInterfaces, AreListedAsByNetstat) {
  make_interfaces();
  EXPECT_TRUE(same_as_netstat(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Options, NetstatInterfaces,
                         testing::Values("-i", "-ia", "-ie", "-iee", "-iae", "-iaee", "-in", "-iv", "-iW",
                                         "-i lo", "-ia br2 nonsense", "--interfaces", "--interfaces -a",
                                         "--interf --all", "--interfaces --extend", "-ian", "-iap", "-iaN",
                                         "-iaeW", "-ita", "-iau", "-ix", "-ig", "-iaeg", "-4i", "-6ia",
                                         "-6iae", "-A inet -i", "-A unix -ia", "-il", "-io", "-iC", "-iF",
                                         "-ai", "-eai", "-ei", "-i -a -e -n -v", "--inet --interfaces -e",
                                         "-is", "-ir", "-iM", "-ii", "-iY"));

// The table must not be compared empty.
TEST_F(NetstatInterfaces, AreThere) {
  make_interfaces();
  const std::string table = must_run({kRealNetstat, "-ia"});
  for (const char* part :
       {"\nbr10  ", "\nbr2:9  ", "\nbr2:10  ", "\nfifteen-chars-x  ", "- no statistics available -",
        " BMPU\n", " MOPU\n", " BMdORU\n", " ABMRU\n", "BDMN\n", "\nlo              65536 "}) {
    EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
  }
  const std::string paragraphs = must_run({kRealNetstat, "-iae"});
  for (const char* part : {"inet6 fec0::1  prefixlen 48  scopeid 0x40<site>", "destination 10.3.0.2",
                           "media unknownautoselect", "unspec 00-00", "DYNAMIC>", "flags=-"}) {
    EXPECT_NE(paragraphs.find(part), std::string::npos) << part << "\n" << paragraphs;
  }
}

// More than a first question for addresses has room for.
TEST_F(NetstatInterfaces, ManyAliases) {
  for (int i = 1; i <= 75; ++i) {
    const std::string n = std::to_string(i);
    ip("addr add 10.8.0." + n + "/32 dev lo label lo:" + n);
  }
  for (const char* options : {"-i", "-ia", "-ie"}) EXPECT_TRUE(same_as_netstat(options));
  EXPECT_NE(run_both("-i").ours.out.find("\nlo:75  "), std::string::npos);
}

TEST_F(NetstatInterfaces, NamesInTheirOrder) {
  for (const char* name : {"eth10",
                           "eth2",
                           "eth1",
                           "eth",
                           "eth01",
                           "eth1a",
                           "eth1b",
                           "a1b2",
                           "a1b10",
                           "a10b2",
                           "a2b2",
                           "Z0",
                           "_x",
                           "x-",
                           "x.",
                           "x.5",
                           "x.10",
                           "eth2.10",
                           "eth2.9",
                           "eth10.1",
                           "eth-1",
                           "e",
                           "e1",
                           "1",
                           "2",
                           "10",
                           "0x",
                           "9z",
                           "A",
                           "eth002",
                           "eth02",
                           "9",
                           "09",
                           "1a",
                           "b1.1",
                           "b1.10",
                           "b1.2",
                           "eth99999999999",
                           "eth2147483648",
                           "eth2147483647",
                           "eth4294967297",
                           "00",
                           "0",
                           "eth0",
                           "eth00",
                           "e4294967296",
                           "-1",
                           "+1",
                           "eth+1"}) {
    ip(std::string("link add name ") + name + " type bridge");
  }
  ip("addr add 10.0.0.1/24 dev eth2 label eth2:1");
  ip("addr add 10.0.1.1/24 dev eth2 label eth2:10");
  ip("addr add 10.0.2.1/24 dev eth2 label eth2:9");
  ip("addr add 10.0.3.1/24 dev eth2 label eth2:web");
  ip("addr add 10.0.4.1/24 dev eth1 label eth1:");
  ip("addr add 10.0.5.1/24 dev eth1 label eth1:01");
  ip("addr add 10.0.6.1/24 dev eth1 label eth1:1:2");
  for (const char* options : {"-ia", "-iae"}) EXPECT_TRUE(same_as_netstat(options));
}

// Two rounds, one with an interface that came, one without it again; all different lines of them.
std::set<std::string> lines_of_rounds(const char* program, const char* options) {
  RunningLines running({program, options});
  std::set<std::string> seen;
  const auto read_up_to = [&](std::string_view beginning) {
    const auto lines = running.up_to(beginning);
    seen.insert(lines.begin(), lines.end());
    return lines;
  };
  read_up_to("lo:5");
  ip("link add br0 address 02:00:00:00:00:01 type bridge");
  read_up_to("br0");
  ip("link del br0");
  for (bool there = true; there;) {
    there = false;
    for (const std::string& line : read_up_to("lo:5")) there = there || line.starts_with("br0");
  }
  return seen;
}

TEST_F(NetstatInterfaces, ContinuousRoundsReadAnew) {
  ip("addr add 127.0.0.5/8 dev lo label lo:5");
  for (const char* options : {"-iac", "-iaec"}) {
    const auto ours = lines_of_rounds(NETSTAT_UNDER_TEST, options);
    EXPECT_EQ(ours, lines_of_rounds(kRealNetstat, options));
    EXPECT_GE(ours.size(), 5U);
  }
}

// Every hardware type the kernel's headers name, and some they do not. Those whose addresses are shown
// otherwise on purpose are in the differences.
class NetstatHardware : public testing::TestWithParam<int> {};

TEST_P(NetstatHardware, IsShownAsByNetstat) {
  ASSERT_TRUE(is_root()) << "needs root for a network namespace";
  const PrivateNamespace net;
  TapDevice tap("hw0");
  // Letters when shifted right, as in callsigns.
  ip("link set hw0 address 88:8a:62:82:84:86");
  tap.become(GetParam());
  const std::string real = must_run({kRealNetstat, "-iae"});
  ASSERT_NE(real.find("hw0: flags="), std::string::npos);
  EXPECT_TRUE(same_as_netstat("-iae"));
  EXPECT_TRUE(same_as_netstat("-ia"));
}

INSTANTIATE_TEST_SUITE_P(Types, NetstatHardware,
                         testing::Values(1, 2, 4, 5, 7, 8, 15, 19, 23, 256, 257, 258, 259, 260, 264, 270, 280,
                                         512, 513, 516, 517, 518, 519, 520, 770, 772, 774, 775, 776, 777, 780,
                                         782, 784, 785, 786, 787, 800, 801, 802, 803, 805, 820, 821, 822, 824,
                                         999, 65534));

constexpr const char* kNow =
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls "
    "carrier "
    "compressed\n";
constexpr const char* kOlder =
    " face |bytes    packets errs drop fifo frame|bytes    packets errs drop fifo colls carrier\n";
constexpr const char* kOldest = " face |packets errs drop fifo frame|packets errs drop fifo colls carrier\n";

struct DevFixture {
  const char* name;
  const char* title;
  const char* lines;
};

void PrintTo(const DevFixture& fixture, std::ostream* out) { *out << fixture.name; }

class NetstatDevFile : public testing::TestWithParam<DevFixture> {};

// The ioctls answer for br0, br1 and lo; the counters are the fixture's.
TEST_P(NetstatDevFile, IsReadAsByNetstat) {
  ASSERT_TRUE(is_root()) << "needs root for namespaces";
  const PrivateNamespace net;
  for (const char* name : {"br0", "br1"}) {
    ip(std::string("link add ") + name + " type bridge");
    ip(std::string("link set ") + name + " addrgenmode none up");
  }
  ip("addr add 10.0.0.1/24 dev br0 label br0:7");
  ProcFixture proc;
  proc.file("net/dev", std::string("Inter-|   Receive\n") + GetParam().title + GetParam().lines);
  proc.file("net/if_inet6",
            "20010db8000000000000000000000001 02 40 00 80      br0\n"
            "fe800000000000000000000000000001 02 0a 20 80      br1\n"
            "0000000000000000000000000a000001 03 60 80 80      br0\n"
            "00000000000000000000ffff0a000001 03 60 30 80      br0\n"
            "20010db8000000000000000000000002 0a ff 71 80      br0\n"
            "fec00000000000000000000000000001 02 40 40 80    br0:7\n");
  for (const char* options : {"-i", "-ia", "-iae"}) {
    EXPECT_TRUE(same_as_netstat(options, Tolerance::none, {}, proc.prefix()));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kernels, NetstatDevFile,
    testing::Values(
        DevFixture{"now", kNow, "   br0: 1000 2 3 4 5 6 7 8 9000 10 11 12 13 14 15 16\n   br1:1 2\n"},
        DevFixture{"older", kOlder,
                   "   br0: 1000 2 3 4 5 6 7000 8 9 10 11 12 13\n    lo:1 2 3 4 5 6 7 8 9 10 11 12 13\n"},
        DevFixture{"oldest", kOldest, "   br0: 1 2 3 4 5 6 7 8 9 10 11\n"},
        DevFixture{"no_title", "garbage\n", "   br0: 1 2 3 4 5 6 7 8 9 10 11 12\n"},
        DevFixture{"largest", kNow,
                   "br0:18446744073709551615 18446744073709551615 18446744073709551615 18446744073709551615 "
                   "18446744073709551615 18446744073709551615 7 8 18446744073709551615 18446744073709551615 "
                   "18446744073709551615 18446744073709551615 18446744073709551615 18446744073709551615 "
                   "18446744073709551615 16\n"},
        DevFixture{"too_large", kNow,
                   "br0: 99999999999999999999 2 99999999999999999999 4 5 6 7 8 9 10 11 12 13 14 15 16\n"},
        DevFixture{"negative", kNow, "br0:-1 -2 -3 4 5 6 7 8 -9 10 11 12 13 14 15 16\n"},
        DevFixture{"no_fields", kNow, "   br0:\n"}, DevFixture{"no_colon", kNow, "   br0\n"},
        DevFixture{"words", kNow, "   br0:x 2 3\n   br1: 1 2 x 4\n"},
        DevFixture{"more_fields", kNow, "   br0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\n"},
        DevFixture{"no_newline", kNow, "   br0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"},
        DevFixture{"twice", kNow, "br0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\nbr0: 21 22 23\n"},
        DevFixture{"alias", kNow, "br0:7: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\nbr1:7 2 3 4 5 6 7 8 9 1\n"},
        DevFixture{"tabs", kNow, "\tbr0:\t1\t2\t3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"},
        DevFixture{"sizes", kNow,
                   "br0:1126 2 3 4 5 6 7 8 1127 10 11 12 13 14 15 16\nbr1:1048576 2 3 4 5 6 7 8 1048577 1 1 "
                   "1 1 1 1 1\n"
                   "lo:1152921504606846976 2 3 4 5 6 7 8 1268213655067531672 1 1 1 1 1 1 1\n"},
        DevFixture{"unknown_device", kNow, "zz9: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"},
        DevFixture{"blank_in_name", kNow, "zz 0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"},
        DevFixture{"empty", kNow, ""}, DevFixture{"cut", "", ""}),
    [](const auto& each) { return std::string(each.param.name); });

TEST_F(NetstatInterfaces, WithoutTheFile) {
  ip("link add br0 type bridge");
  ip("addr add 10.0.0.1/24 dev br0 label br0:7");
  ProcFixture proc;
  proc.file("net/other", "");
  for (const char* options : {"-i", "-ia", "-iae"}) {
    EXPECT_TRUE(same_as_netstat(options, Tolerance::none, {}, proc.prefix()));
  }
  proc.file("net/dev/x", "");  // a directory: it opens, but cannot be read
  EXPECT_TRUE(same_as_netstat("-ia", Tolerance::none, {}, proc.prefix()));
}

TEST_F(NetstatInterfaces, AsRecords) {
  make_interfaces();
  ip("link set br2 address 02:00:00:00:00:02");
  std::istringstream lines(must_run({NETSTAT_UNDER_TEST, "-ia", "--json"}));
  std::map<std::string, nlohmann::json> rows;
  for (std::string line; std::getline(lines, line);) {
    auto row = nlohmann::json::parse(line);
    EXPECT_EQ(row.at("type"), "interface");
    const std::string name = row.at("interface");
    rows[name] = std::move(row);
  }
  const auto& br2 = rows.at("br2");
  EXPECT_EQ(br2.at("mac"), "02:00:00:00:00:02");
  EXPECT_EQ(br2.at("hardware"), "ether");
  EXPECT_EQ(br2.at("mtu_bytes"), 1500);
  EXPECT_EQ(br2.at("addresses").at(0).at("addr"), "10.1.1.1");
  EXPECT_EQ(br2.at("addresses").at(0).at("prefix_length"), 24);
  EXPECT_EQ(br2.at("addresses").at(0).at("broadcast_addr"), "10.1.1.255");
  EXPECT_FALSE(rows.at("br2:10").contains("rx_bytes"));
  EXPECT_EQ(rows.at("tun0").at("addresses").at(0).at("destination_addr"), "10.3.0.2");
  EXPECT_EQ(rows.at("tun0").at("mtu_bytes"), 1280);
  const auto loopback =
      nlohmann::json::parse(must_run({"ip", "-j", "-s", "link", "show", "dev", "lo"})).at(0);
  EXPECT_GT(rows.at("lo").at("rx_bytes"), 0);
  EXPECT_EQ(rows.at("lo").at("rx_bytes"), loopback.at("stats64").at("rx").at("bytes"));
  EXPECT_EQ(rows.at("lo").at("tx_packets"), loopback.at("stats64").at("tx").at("packets"));
  EXPECT_EQ(rows.at("lo").at("flags"), nlohmann::json({"UP", "LOOPBACK", "RUNNING"}));
  EXPECT_EQ(rows.at("br10").at("flags"), nlohmann::json({"BROADCAST", "DEBUG", "NOTRAILERS", "MULTICAST"}));

  // CSV: as many fields in each row as there are names, those that JSON leaves out included.
  std::istringstream csv(must_run({NETSTAT_UNDER_TEST, "-i", "--csv"}));
  std::string title;
  std::getline(csv, title);
  EXPECT_TRUE(title.starts_with("type,interface,flags,mtu_bytes,hardware,")) << title;
  for (std::string line; std::getline(csv, line);) {
    std::size_t commas = 0;
    bool quoted = false;
    for (const char c : line) {
      if (c == '"') quoted = !quoted;
      if (c == ',' && !quoted) ++commas;
    }
    EXPECT_EQ(commas, static_cast<std::size_t>(std::count(title.begin(), title.end(), ','))) << line;
  }
}

// ---- what is otherwise on purpose

class NetstatInterfaceDifferences : public NetstatInterfaces {
 protected:
  [[nodiscard]] static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }
};

TEST_F(NetstatInterfaceDifferences, LongNamesKeepTheirCounters) {
  ip("link add fifteen-chars-x type bridge");
  ProcFixture proc;
  proc.file("net/dev",
            std::string("\n") + kNow + "fifteen-chars-x: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
  const BothResults both = run_both("-ia", {}, proc.prefix());
  EXPECT_TRUE(has(both.real.out, "fifteen-chars-x  1500        0      0      0 0             0 "));
  EXPECT_TRUE(has(both.ours.out,
                  "fifteen-chars-x  1500        2      3      4 5            10     11     12     13 BM\n"))
      << both.ours.out;
}

// A label of an address that is no interface's name, or an interface that goes while the table is made.
TEST_F(NetstatInterfaceDifferences, TableGoesOnAfterAMissingInterface) {
  ip("link add br0 type bridge");
  ip("addr add 10.0.0.1/24 dev br0 label br0abc");
  const BothResults both = run_both("-ia");
  EXPECT_EQ(both.real.status, 1);
  EXPECT_EQ(both.ours.status, 1);
  EXPECT_EQ(both.ours.err, both.real.err);
  EXPECT_TRUE(has(both.ours.err, "br0abc: error fetching interface information: Device not found\n"));
  EXPECT_FALSE(has(both.real.out, "\nlo "));
  EXPECT_TRUE(has(both.ours.out, "\nlo "));
}

TEST_F(NetstatInterfaceDifferences, ColumnsAreCountedInNames) {
  ip("link add \xc3\xa4 type bridge");
  const BothResults both = run_both("-ia");
  EXPECT_TRUE(has(both.real.out, "\xc3\xa4               1500 "));
  EXPECT_TRUE(has(both.ours.out, "\xc3\xa4                1500 "));
}

TEST_F(NetstatInterfaceDifferences, ControlCharactersOfNamesAreEscaped) {
  ip("link add ev\x1b[2Jl type bridge");
  const BothResults both = run_both("-iae");
  EXPECT_TRUE(has(both.real.out, "ev\x1b[2Jl: flags="));
  EXPECT_TRUE(has(both.ours.out, "ev?[2Jl: flags="));
}

TEST_F(NetstatInterfaceDifferences, DamagedAddressLinesArePassedOver) {
  ip("link add br0 type bridge");
  ProcFixture proc;
  proc.file("net/dev", std::string("\n") + kNow + "br0: 1 2\n");
  proc.file("net/if_inet6",
            "20010db8 02 40 00 80      br0\n20010db8000000000000000000000001 02 40 00 80      br0\n");
  EXPECT_FALSE(has(run_both("-iae", {}, proc.prefix()).real.out, "inet6"));
  EXPECT_TRUE(has(run_both("-iae", {}, proc.prefix()).ours.out, "inet6 2001:db8::1  prefixlen 64"));
}

// Of hardware addresses, netstat shows more than there is, or less.
TEST_F(NetstatInterfaceDifferences, HardwareAddressesAreWhole) {
  TapDevice tap("hw0");
  ip("link set hw0 address 82:11:a2:3d:44:f5");
  const auto shown = [&tap](int hardware) {
    tap.become(hardware);
    return run_both("-iae").ours.out;
  };
  EXPECT_TRUE(has(shown(778), "        unspec 82-11-A2-3D-00-00-00-00-00-00-00-00-00-00-00-00  txq"));
  EXPECT_TRUE(has(shown(0), "        netrom A?Q?\"z"));
  // 64 cells of four bits: netstat reads the later ones behind the address.
  const std::string nothing = "        ash  txqueuelen";
  EXPECT_TRUE(has(shown(781), nothing));
  EXPECT_FALSE(has(run_both("-iae").real.out, nothing));
}

}  // namespace
}  // namespace conntrail::test
