// netstat -s: the same bytes as the real one from fixed files with every counter, and from a live namespace.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "conntrail/base/unique_fd.h"
#include "counter_names.h"
#include "differential.h"
#include "netns.h"
#include "sockets.h"

namespace conntrail::test {
namespace {

// "Tcp: A B" and "Tcp: 1 2", numbered from `first`; with `step` 0 all have that value.
std::string group(const std::string& section, const std::string& names, std::uint64_t first = 1,
                  std::uint64_t step = 1) {
  std::string values = section + ":";
  std::uint64_t value = first;
  for (const std::string& name : words_of(names)) {
    static_cast<void>(name);
    values += " " + std::to_string(value);
    value += step;
  }
  return section + ": " + names + "\n" + values + "\n";
}

// Each name in a group of its own.
std::string single_groups(const std::string& section, const std::string& names, std::uint64_t value) {
  std::string text;
  for (const std::string& name : words_of(names)) text += group(section, name, value);
  return text;
}

std::string lines(const std::string& names, std::uint64_t first, std::uint64_t step) {
  std::string text;
  std::uint64_t value = first;
  for (const std::string& name : words_of(names)) {
    text += name + " \t" + std::to_string(value) + "\n";
    value += step;
  }
  return text;
}

void write_counters(ProcFixture& proc, std::uint64_t first, std::uint64_t step) {
  proc.file("net/snmp", group("Ip", kIpNames, first, step) + group("Icmp", kIcmpNames, first, step) +
                            group("IcmpMsg", "InType3 InType8 OutType0 OutType3", first, step) +
                            group("Tcp", kTcpNames, first, step) + group("Udp", kUdpNames, first, step) +
                            group("UdpLite", kUdpNames, first, step));
  proc.file("net/netstat", group("TcpExt", std::string(kTcpExtNames) + " " + kOtherTcpExtNames, first, step) +
                               group("IpExt", kIpExtNames, first, step) +
                               group("MPTcpExt", kMptcpNames, first, step) +
                               group("FutureExt", "Some Counters OfTomorrow", first, step));
  proc.file("net/snmp6", lines(kInet6Names, first, step));
  proc.file("net/sctp/snmp", lines(kSctpNames, first, step));
}

std::vector<std::vector<std::string>> words_by_line(const std::string& text) {
  std::vector<std::vector<std::string>> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(words_of(line));
  return lines;
}

constexpr const char* kFamilies[] = {"-s", "-6s"};

class NetstatStatistics : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(is_root()) << "needs root for a mount namespace"; }

  // Both families.
  void expect_same_text(const std::string& file, const std::string& text) {
    ProcFixture proc;
    write_counters(proc, 0, 0);
    proc.file(file, text);
    for (const char* options : kFamilies) {
      EXPECT_TRUE(same_as_netstat(options, Tolerance::none, {}, proc.prefix())) << file << ":\n" << text;
    }
  }
};

// ---- every option combination, with every counter non-zero, and zero

class NetstatStatisticsOptions : public testing::TestWithParam<const char*> {};

TEST_P(NetstatStatisticsOptions, PrintTheSame) {
  ASSERT_TRUE(is_root());
  for (const std::uint64_t first : {1U, 0U}) {
    ProcFixture proc;
    write_counters(proc, first, first);
    EXPECT_TRUE(same_as_netstat(GetParam(), Tolerance::none, {}, proc.prefix())) << "counters from " << first;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Combinations, NetstatStatisticsOptions,
    testing::Values("-s", "-st", "-su", "-sw", "-sU", "-sS", "-stu", "-stw", "-suw", "-stS", "-sUS", "-swS",
                    "-stuw", "-stuwUS", "-6s", "-4s", "-46s", "-64s", "-6st", "-6su", "-6sw", "-6sU", "-6sS",
                    "-6stu", "-6stuwUS", "-4st", "-4su", "-4sw", "-sx", "-sxt", "-s -A inet", "-s -A inet6",
                    "-s -A ip6", "-s -A inet,inet6", "-s -A unix", "-s --ax25", "-s --ddp",
                    "-s --inet --inet", "-6s --inet6", "-sc", "-stc", "-sv", "-sn", "-snv", "-se", "-see",
                    "-sW", "-sa", "-sl", "-sp", "-so", "-sN", "-sg", "-sF", "-s -2", "-s -f", "--statistics",
                    "--stat", "--statistics --tcp", "--statistics --udp --raw", "--statistics --udplite",
                    "--statistics --sctp", "--statistics --inet6 --tcp", "--statistics --unix", "-ss", "-sr",
                    "-si", "-sM", "-s --bluetooth", "-s lo", "-su -6 -v", "-s -A ipx", "-Ainet -stu"));

// ---- one counter at a time

TEST_F(NetstatStatistics, EachCounterHasItsText) {
  for (const std::uint64_t value : {1U, 0U}) {
    ProcFixture proc;
    proc.file("net/snmp",
              single_groups("Ip", kIpNames, value) + single_groups("Icmp", kIcmpNames, value) +
                  single_groups("Tcp", kTcpNames, value) + single_groups("Udp", kUdpNames, value) +
                  single_groups("Sctp", kSctpNames, value) + single_groups("Tcp6", kTcpNames, value) +
                  single_groups("Ip6", kInet6Names, value));
    proc.file("net/netstat", single_groups("TcpExt", kTcpExtNames, value) +
                                 single_groups("TcpExt", kOtherTcpExtNames, value) +
                                 single_groups("IpExt", kIpExtNames, value));
    // The sections by turns, so that each line begins its section.
    std::string six;
    for (const std::string& name : words_of(kInet6Names)) {
      six += name + " " + std::to_string(value) + "\nZ 1\n";
    }
    proc.file("net/snmp6", six);
    for (const char* options : kFamilies) {
      EXPECT_TRUE(same_as_netstat(options, Tolerance::none, {}, proc.prefix())) << "each " << value;
    }
  }
}

// A counter's text depends on its section alone: each name in every section.
TEST_F(NetstatStatistics, NamesInForeignSectionsStayBare) {
  const std::string all = std::string(kIpNames) + " " + kIcmpNames + " " + kTcpNames + " " + kUdpNames + " " +
                          kTcpExtNames + " " + kOtherTcpExtNames + " " + kSctpNames + " " + kInet6Names;
  std::string text;
  for (const char* section : {"Ip", "Icmp", "Tcp", "Udp", "TcpExt", "Sctp", "Ip6", "Icmp6", "Udp6", "IpExt",
                              "IcmpMsg", "Unknown"}) {
    text += group(section, all, 1000);
  }
  expect_same_text("net/snmp", text);
  expect_same_text("net/netstat", text);
}

// ---- values

TEST_F(NetstatStatistics, ValuesAreRead) {
  for (const char* values : {"18446744073709551615 1 1",
                             "18446744073709551616 1 1",
                             "99999999999999999999999999 0 1",
                             "-1 -5 0",
                             "-9223372036854775808 9223372036854775808 4294967296",
                             "x 5 6",
                             "5 x 6",
                             "3,4 5 6",
                             "- 5 6",
                             "+ 5 6",
                             "+7 +8 9",
                             "1e3 4 5",
                             "0x10 5 6",
                             "010 5 6",
                             "5-3 2 1",
                             "5+3 2 1",
                             "5z 6 7",
                             "1",
                             "1 2",
                             "1 2 3 4 5",
                             "",
                             " ",
                             "\t1\t2\t3",
                             "  1   2    3  ",
                             "1\v2\f3"}) {
    expect_same_text("net/snmp", std::string("Ip: InReceives InDelivers Foo\nIp: ") + values +
                                     "\nTcp: InSegs MaxConn OutSegs\nTcp: " + values + "\n");
    expect_same_text("net/netstat", std::string("TcpExt: TCPHPHits TW Foo\nTcpExt:") + values + "\n");
  }
  for (const char* value : {"18446744073709551615", "18446744073709551616", "-1", "-9223372036854775808",
                            "+3", "010", "0x10", "5abc", "5 6 7", "5 "}) {
    expect_same_text("net/snmp6", std::string("Ip6InReceives ") + value + "\nIp6Foo\t" + value + "\n");
    expect_same_text("net/sctp/snmp", std::string("SctpAborteds ") + value + "\nSctpFoo\t " + value + "\n");
  }
}

// ---- layout of the files

TEST_F(NetstatStatistics, OddGroupsAreJudgedAlike) {
  for (const char* text : {"",
                           "\n",
                           "\n\n\n",
                           "Ip: InReceives\n",
                           "Ip: InReceives",
                           "Ip:\n",
                           "Ip:\nIp:\n",
                           "Ip: InReceives\nIp: 1",
                           "Ip: InReceives\nTcp: 1\nUdp: InErrors\nUdp: 2\n",
                           "Ip: InReceives\n\nTcp: InSegs\nTcp: 3\n",
                           "Ip: InReceives\nIp:\nTcp: InSegs\nTcp: 3\n",
                           "Ip InReceives\nIp 1\nTcp: InSegs\nTcp: 3\n",
                           "Ip: InReceives\nIp 1\nTcp: InSegs\nTcp: 3\n",
                           "Tcp: InSegs\nTcp: 3\ngarbage\nTcp: InSegs\nTcp: 4\n",
                           "Tcp: InSegs\nTcp: 3\n\n\nTcp: InSegs\nTcp: 4\n\n",
                           "\nTcp: InSegs\nTcp: 4\n",
                           "Ip:InReceives\nIp:3\n",
                           " Ip: InReceives\n Ip: 3\n",
                           "Ip:  InReceives\t InDelivers \nIp: \t3   4 \n",
                           "IpX: InReceives\nIp: 3\n",
                           "Ip: InReceives\nIpX: 3\n",
                           "Foo Bar: A B\nFoo Bar: 3 4\n",
                           ": Foo\n: 4\n",
                           "::: Foo\n::: 4\n",
                           "a:b: Foo\na:b: 4\n",
                           "Ip: A:B C=D \"E\nIp: 3 4 5\n",
                           "TcpFoo: X\nTcpFoo: 4\nTcXp: Y\nTcXp: 3\nxTcp: X\nxTcp: 4\n",
                           "Tcp: X\nTcp 4\n",
                           "Icmp: OutEchos InEchos OutEchos InMsgs InEchos Foo\nIcmp: 0 0 0 0 0 3\n",
                           "Icmp: OutEchos InEchos OutEchos InMsgs InEchos Foo\nIcmp: 1 2 3 4 5 6\n",
                           "Icmp: OutEchos OutEchoReps Foo OutErrors OutEchos\nIcmp: 1 2 3 4 5\n",
                           "Icmp: InEchos\nIcmp: 5\nFoo: Bar\nFoo: 4\nUdp: X\nUdp: 3\nFoo: Bar\nFoo: 4\n",
                           "Icmp: Foo InEchos\nIcmp: 0 5\nIcmp: InEchoReps OutEchos Foo\nIcmp: 1 2 3\n"}) {
    expect_same_text("net/snmp", text);
    expect_same_text("net/netstat", text);
  }
}

TEST_F(NetstatStatistics, OddLinesAreJudgedAlike) {
  for (const char* text :
       {"", "Ip6InReceives 5", " Ip6InReceives 5\n", "Foo 5\n", "Foo6 5\n", "6 5\n66 5\nIp6X 3\n", "Ip6: 5\n",
        "Ip66InReceives 5\n", "Ip6InReceives 5\nFoo 6\nIp6InDelivers 7\n",
        "Ip6InDelivers 7\nUdp6InDatagrams 3\nIp6InDelivers 8\n", "Ip6X 3\nIp 3\nI 4\nIp6InReceives 4\n",
        "Foo6X 4\nFoo 3\nFoo6 4\nFoo6Y 4\n", "Udp6 3\nUdp6InErrors 4\nU 4\nUdp6InErrors 4\n",
        "Icmp6OutEchos 0\nIcmp6InEchos 0\nIcmp6InMsgs 0\nIcmp6Foo 0\nIcmp6Foo 2\n",
        "Icmp6OutEchos 1\nIcmp6InEchos 2\nIcmp6OutEchos 3\nIcmp6InMsgs 0\nIcmp6Foo 2\n",
        "Icmp6InEchos 1\nUdpLite6Foo 2\nUdp6NoPorts 0\nUdpLite6Foo 2\n",
        "Icmp6InEchos 3\nTcp6 4\nFoo6X 4\n"}) {
    expect_same_text("net/snmp6", text);
  }
  for (const char* text :
       {"", "\n", "SctpAborteds\n", "SctpAborteds x\nSctpShutdowns\nSctpX\n", "SctpX 4\n\nSctpShutdowns 3\n",
        "  SctpX 4\n", "SctpX:4\n", "SctpX \n", " 4\n", "\t4\n", " \n", "SctpAborteds  \n", "SctpX -\n",
        "SctpX\v4\n", "SctpX 4", "Foo6Bar 3\nUdp6X 4\n"}) {
    expect_same_text("net/sctp/snmp", text);
  }
}

TEST_F(NetstatStatistics, LongLinesAreWhole) {
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += " Counter" + std::to_string(i);
  expect_same_text("net/snmp", group("Foo", many));
  expect_same_text("net/netstat", group("TcpExt", many) + group("Bar", many));
  expect_same_text("net/snmp", group(std::string(5'000, 'S'), std::string(5'000, 'N')));
  for (const std::size_t length : {1'000U, 1'020U, 1'500U}) {
    expect_same_text("net/sctp/snmp", std::string(length, 'X') + " 5\nSctpY 4\n");
  }
  expect_same_text("net/sctp/snmp", "SctpX " + std::string(1'500, ' ') + "7\nSctpY 4\n");
  expect_same_text("net/snmp6", "Ip6" + std::string(1'000, 'X') + " 5\nIp6Y 4\n");
}

// ---- missing and unreadable files

TEST_F(NetstatStatistics, MissingFilesAreToldAlike) {
  const std::string snmp = group("Tcp", kTcpNames);
  for (int present = 0; present < 16; ++present) {
    ProcFixture proc;
    if ((present & 1) != 0) proc.file("net/snmp", snmp);
    if ((present & 2) != 0) proc.file("net/netstat", group("TcpExt", kTcpExtNames));
    if ((present & 4) != 0) proc.file("net/snmp6", lines(kInet6Names, 1, 1));
    if ((present & 8) != 0) proc.file("net/sctp/snmp", lines(kSctpNames, 1, 1));
    for (const char* options : {"-s", "-6s", "-sS", "-6st"}) {
      EXPECT_TRUE(same_as_netstat(options, Tolerance::none, {}, proc.prefix())) << "files " << present;
    }
  }
}

TEST_F(NetstatStatistics, ForbiddenFilesAreToldAlike) {
  for (const char* path : {"net/snmp", "net/netstat", "net/snmp6", "net/sctp/snmp"}) {
    ProcFixture proc;
    write_counters(proc, 1, 1);
    std::vector<std::string> prefix = proc.prefix();
    prefix.insert(prefix.end(), {"sh", "-c",
                                 "chmod 000 /proc/" + std::string(path) +
                                     " && exec setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\"",
                                 "sh"});
    for (const char* options : kFamilies) {
      EXPECT_TRUE(same_as_netstat(options, Tolerance::none, {}, prefix)) << path;
    }
  }
}

// Every file is well-formed: of a line without a number the real netstat prints whatever its stack held.
TEST_F(NetstatStatistics, ErrorsOfReadingAreToldAlike) {
  const std::array<std::pair<const char*, std::string>, 4> files{{{"net/snmp", group("Tcp", kTcpNames)},
                                                                  {"net/netstat", "IpExt: X\nIpExt: 4\n"},
                                                                  {"net/snmp6", "Ip6InReceives 4\n"},
                                                                  {"net/sctp/snmp", "SctpCurrEstab 4\n"}}};
  for (const auto& [broken, unused] : files) {
    ProcFixture proc;
    for (const auto& [path, text] : files) {
      if (path == broken) {
        proc.file(std::string(path) + "/a-directory", "");
      } else {
        proc.file(path, text);
      }
    }
    for (const char* options : kFamilies) {
      EXPECT_TRUE(same_as_netstat(options, Tolerance::none, {}, proc.prefix())) << broken;
    }
  }
}

// ---- languages

// Titles of histograms and messages are what net-tools' German catalogue has of this mode.
TEST_F(NetstatStatistics, GermanIsThatOfTheRealOne) {
  ProcFixture full;
  write_counters(full, 1, 1);
  const ProcFixture empty;
  for (const ProcFixture* proc : std::initializer_list<const ProcFixture*>{&full, &empty}) {
    std::vector<std::string> prefix = proc->prefix();
    prefix.insert(prefix.end(), {"env", "LANGUAGE=de", "LC_ALL=C.UTF-8"});
    for (const char* options : {"-s", "-6s", "-sw", "-sx", "-46s"}) {
      EXPECT_TRUE(same_as_netstat(options, Tolerance::none, {}, prefix));
    }
    EXPECT_NE(run_both("-s", {}, prefix).ours.out + run_both("-s", {}, prefix).ours.err,
              run_both("-s", {}, proc->prefix()).ours.out + run_both("-s", {}, proc->prefix()).ours.err)
        << "is English";
  }
}

TEST_F(NetstatStatistics, ChineseHasEveryText) {
  ProcFixture proc;
  write_counters(proc, 1, 1);
  const auto shown = [&proc](const char* options, const char* language) {
    std::vector<std::string> prefix = proc.prefix();
    prefix.insert(prefix.end(), {"env", std::string("LANGUAGE=") + language, "LC_ALL=C.UTF-8"});
    return words_by_line(run_both(options, {}, prefix).ours.out);
  };
  for (const char* options : kFamilies) {
    const auto english = shown(options, "en");
    const auto chinese = shown(options, "zh_CN");
    ASSERT_EQ(english.size(), chinese.size());
    for (std::size_t i = 0; i < english.size(); ++i) {
      // Bare counters ("InCsumErrors: 3") and section names are the kernel's own words.
      const std::string& first = english[i].front();
      const bool bare = english[i].size() <= 2 && first.ends_with(':') && first.front() < 'a';
      EXPECT_EQ(english[i] == chinese[i], bare) << english[i].front() << " in line " << i;
    }
  }
}

// ---- differences

// netstat shows the value of the line before once more, under the wrong name.
TEST_F(NetstatStatistics, LinesWithoutANumberAreNotInvented) {
  ProcFixture proc;
  proc.file("net/snmp", "");
  proc.file("net/snmp6", "Ip6InReceives 7\nIp6InDelivers\nIp6OutRequests x\n\nIp6OutForwDatagrams 8\n");
  const BothResults both = run_both("-6s", {}, proc.prefix());
  EXPECT_EQ(both.real.out,
            "Ip6:\n    7 total packets received\n    7 incoming packets delivered\n    7 requests sent out\n"
            "    7 requests sent out\n    8 forwarded\n");
  EXPECT_EQ(both.ours.out, "Ip6:\n    7 total packets received\n    8 forwarded\n");
  EXPECT_EQ(both.ours.status, 0);
}

TEST_F(NetstatStatistics, ControlCharactersOfCountersAreEscaped) {
  ProcFixture proc;
  proc.file("net/snmp", "I\x1bp: A\x1b[31mB\nI\x1bp: 3\n");
  const BothResults both = run_both("-s", {}, proc.prefix());
  EXPECT_EQ(both.real.out, "I\x1bp:\n    A\x1b[31mB: 3\n");
  EXPECT_EQ(both.ours.out, "I?p:\n    A?[31mB: 3\n");
}

// ---- records

TEST_F(NetstatStatistics, RecordsHaveEveryCounterThatTheKernelShows) {
  ProcFixture proc;
  proc.file("net/snmp", "Tcp: RtoMin MaxConn InSegs\nTcp: 200 -1 0\n");
  proc.file("net/netstat", "MPTcpExt: Some\nMPTcpExt: 18446744073709551615\n");
  proc.file("net/snmp6", "Ip6InReceives 7\nUdp6InErrors 0\n");
  const auto ours = [&proc](const char* options) {
    return run_both(options, {"--json"}, proc.prefix()).ours;
  };
  EXPECT_EQ(ours("-s").out,
            R"({"type":"counter","section":"Tcp","name":"RtoMin","value":200})"
            "\n"
            R"({"type":"counter","section":"Tcp","name":"MaxConn","value":-1})"
            "\n"
            R"({"type":"counter","section":"Tcp","name":"InSegs","value":0})"
            "\n"
            R"({"type":"counter","section":"MPTcpExt","name":"Some","value":18446744073709551615})"
            "\n");
  EXPECT_EQ(ours("-6su").out, R"({"type":"counter","section":"Udp6","name":"Udp6InErrors","value":0})"
                              "\n");
  EXPECT_EQ(run_both("-6s", {"--csv"}, proc.prefix()).ours.out,
            "type,section,name,value\r\n"
            "counter,Ip6,Ip6InReceives,7\r\ncounter,Udp6,Udp6InErrors,0\r\n"
            "counter,Tcp,RtoMin,200\r\ncounter,Tcp,MaxConn,-1\r\ncounter,Tcp,InSegs,0\r\n");
}

TEST_F(NetstatStatistics, RecordsHaveNoInventedValues) {
  ProcFixture proc;
  proc.file("net/snmp", "Tcp: A B C D\nTcp: 1 2x 3\nUdp: A\nTcp: 9\nUdp: B\nUdp: 1\n");
  proc.file("net/netstat", "");
  const CommandResult ours = run_both("-s", {"--json"}, proc.prefix()).ours;
  EXPECT_EQ(ours.out, R"({"type":"counter","section":"Tcp","name":"A","value":1})"
                      "\n");
  EXPECT_EQ(ours.err, "Problem while parsing /proc/net/snmp\n");
}

// ---- a live namespace: traffic first, then nothing moves

class NetstatStatisticsLive : public testing::TestWithParam<const char*> {
 public:
  static inline std::optional<PrivateNamespace> net_;
  // Each test is a process of its own to ctest; within one, the namespace is kept.
  static void SetUpTestSuite() {
    ASSERT_TRUE(is_root()) << "needs root for a network namespace";
    net_.emplace();
    for (const Flavour flavour : {Flavour::inet, Flavour::inet6, Flavour::mapped}) {
      const Link link = make_link(flavour);
      send_bytes(link.client.get(), 10'000);
      send_bytes(link.server.get(), 200);
    }
    // Refused datagrams: ICMP errors in both directions.
    for (const Flavour flavour : {Flavour::inet, Flavour::inet6}) {
      const UniqueFd udp = udp_socket(flavour);
      connect_to(udp.get(), {loopback_of(flavour), 9});
      send_bytes(udp.get(), 10);
    }
  }
  static void TearDownTestSuite() { net_.reset(); }
};

TEST_P(NetstatStatisticsLive, PrintTheSame) { EXPECT_TRUE(same_as_netstat(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Combinations, NetstatStatisticsLive,
                         testing::Values("-s", "-st", "-su", "-sw", "-sU", "-sS", "-6s", "-6st", "-6su",
                                         "-6sw", "-6sU", "-stuw", "-sv", "-s -A inet6", "--statistics",
                                         "-sc"));

}  // namespace
}  // namespace conntrail::test
