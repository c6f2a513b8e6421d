// netstat --windows -s, -e and -r: each figure is one of the kernel's, each route one of the real netstat's.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "command.h"
#include "counter_names.h"
#include "differential.h"
#include "every_state.h"
#include "windows_fixture.h"

namespace conntrail::test {
namespace {

// ---- statistics

// Figures behind "=" or in the two columns, by title and line.
std::map<std::string, std::string> figures_of(const std::string& text) {
  std::map<std::string, std::string> figures;
  std::string title;
  static const std::regex kSingle(R"(  (.*?) += (\S+))");
  static const std::regex kPair(R"(  (.*?) +(\S+) +(\S+))");
  std::smatch match;
  for (const std::string& line : lines_of(text)) {
    if (!line.empty() && line[0] != ' ') title = line;
    if (std::regex_match(line, match, kSingle)) {
      figures[title + "|" + match[1].str()] = match[2];
    } else if (line.starts_with("  ") && !line.starts_with("   ") && std::regex_match(line, match, kPair)) {
      figures[title + "|" + match[1].str()] = match[2].str() + " " + match[3].str();
    }
  }
  return figures;
}

using Counters = std::map<std::string, std::string>;

// "Ip.InReceives", "Ip6InReceives".
Counters counters_of(const std::string& snmp, const std::string& snmp6) {
  Counters counters;
  const auto lines = lines_of(snmp);
  for (std::size_t i = 0; i + 1 < lines.size(); i += 2) {
    const auto names = words_of(lines[i]);
    const auto values = words_of(lines[i + 1]);
    const std::string section = names[0].substr(0, names[0].size() - 1);
    for (std::size_t n = 1; n < names.size(); ++n) counters[section + "." + names[n]] = values[n];
  }
  for (const std::string& line : lines_of(snmp6)) {
    const auto words = words_of(line);
    counters[words[0]] = words[1];
  }
  return counters;
}

Counters kernel_counters() {
  return counters_of(read_file("/proc/self/net/snmp"), read_file("/proc/self/net/snmp6"));
}

struct Figure {
  const char* title;
  const char* line;
  const char* counters;  // one, or those received and sent
};

constexpr Figure kFigures[] = {
    {"IPv4 Statistics", "Packets Received", "Ip.InReceives"},
    {"IPv4 Statistics", "Received Header Errors", "Ip.InHdrErrors"},
    {"IPv4 Statistics", "Received Address Errors", "Ip.InAddrErrors"},
    {"IPv4 Statistics", "Datagrams Forwarded", "Ip.ForwDatagrams"},
    {"IPv4 Statistics", "Unknown Protocols Received", "Ip.InUnknownProtos"},
    {"IPv4 Statistics", "Received Packets Discarded", "Ip.InDiscards"},
    {"IPv4 Statistics", "Received Packets Delivered", "Ip.InDelivers"},
    {"IPv4 Statistics", "Output Requests", "Ip.OutRequests"},
    {"IPv4 Statistics", "Discarded Output Packets", "Ip.OutDiscards"},
    {"IPv4 Statistics", "Output Packet No Route", "Ip.OutNoRoutes"},
    {"IPv4 Statistics", "Reassembly Required", "Ip.ReasmReqds"},
    {"IPv4 Statistics", "Reassembly Successful", "Ip.ReasmOKs"},
    {"IPv4 Statistics", "Reassembly Failures", "Ip.ReasmFails"},
    {"IPv4 Statistics", "Datagrams Successfully Fragmented", "Ip.FragOKs"},
    {"IPv4 Statistics", "Datagrams Failing Fragmentation", "Ip.FragFails"},
    {"IPv4 Statistics", "Fragments Created", "Ip.FragCreates"},
    {"IPv6 Statistics", "Packets Received", "Ip6InReceives"},
    {"IPv6 Statistics", "Received Header Errors", "Ip6InHdrErrors"},
    {"IPv6 Statistics", "Received Address Errors", "Ip6InAddrErrors"},
    {"IPv6 Statistics", "Datagrams Forwarded", "Ip6OutForwDatagrams"},
    {"IPv6 Statistics", "Unknown Protocols Received", "Ip6InUnknownProtos"},
    {"IPv6 Statistics", "Received Packets Discarded", "Ip6InDiscards"},
    {"IPv6 Statistics", "Received Packets Delivered", "Ip6InDelivers"},
    {"IPv6 Statistics", "Output Requests", "Ip6OutRequests"},
    {"IPv6 Statistics", "Discarded Output Packets", "Ip6OutDiscards"},
    {"IPv6 Statistics", "Output Packet No Route", "Ip6OutNoRoutes"},
    {"IPv6 Statistics", "Reassembly Required", "Ip6ReasmReqds"},
    {"IPv6 Statistics", "Reassembly Successful", "Ip6ReasmOKs"},
    {"IPv6 Statistics", "Reassembly Failures", "Ip6ReasmFails"},
    {"IPv6 Statistics", "Datagrams Successfully Fragmented", "Ip6FragOKs"},
    {"IPv6 Statistics", "Datagrams Failing Fragmentation", "Ip6FragFails"},
    {"IPv6 Statistics", "Fragments Created", "Ip6FragCreates"},
    {"ICMPv4 Statistics", "Messages", "Icmp.InMsgs Icmp.OutMsgs"},
    {"ICMPv4 Statistics", "Errors", "Icmp.InErrors Icmp.OutErrors"},
    {"ICMPv4 Statistics", "Destination Unreachable", "Icmp.InDestUnreachs Icmp.OutDestUnreachs"},
    {"ICMPv4 Statistics", "Time Exceeded", "Icmp.InTimeExcds Icmp.OutTimeExcds"},
    {"ICMPv4 Statistics", "Parameter Problems", "Icmp.InParmProbs Icmp.OutParmProbs"},
    {"ICMPv4 Statistics", "Source Quenches", "Icmp.InSrcQuenchs Icmp.OutSrcQuenchs"},
    {"ICMPv4 Statistics", "Redirects", "Icmp.InRedirects Icmp.OutRedirects"},
    {"ICMPv4 Statistics", "Echo Replies", "Icmp.InEchoReps Icmp.OutEchoReps"},
    {"ICMPv4 Statistics", "Echos", "Icmp.InEchos Icmp.OutEchos"},
    {"ICMPv4 Statistics", "Timestamps", "Icmp.InTimestamps Icmp.OutTimestamps"},
    {"ICMPv4 Statistics", "Timestamp Replies", "Icmp.InTimestampReps Icmp.OutTimestampReps"},
    {"ICMPv4 Statistics", "Address Masks", "Icmp.InAddrMasks Icmp.OutAddrMasks"},
    {"ICMPv4 Statistics", "Address Mask Replies", "Icmp.InAddrMaskReps Icmp.OutAddrMaskReps"},
    {"ICMPv6 Statistics", "Messages", "Icmp6InMsgs Icmp6OutMsgs"},
    {"ICMPv6 Statistics", "Errors", "Icmp6InErrors Icmp6OutErrors"},
    {"ICMPv6 Statistics", "Destination Unreachable", "Icmp6InDestUnreachs Icmp6OutDestUnreachs"},
    {"ICMPv6 Statistics", "Packet Too Big", "Icmp6InPktTooBigs Icmp6OutPktTooBigs"},
    {"ICMPv6 Statistics", "Time Exceeded", "Icmp6InTimeExcds Icmp6OutTimeExcds"},
    {"ICMPv6 Statistics", "Parameter Problems", "Icmp6InParmProblems Icmp6OutParmProblems"},
    {"ICMPv6 Statistics", "Echos", "Icmp6InEchos Icmp6OutEchos"},
    {"ICMPv6 Statistics", "Echo Replies", "Icmp6InEchoReplies Icmp6OutEchoReplies"},
    {"ICMPv6 Statistics", "MLD Queries", "Icmp6InGroupMembQueries Icmp6OutGroupMembQueries"},
    {"ICMPv6 Statistics", "MLD Dones", "Icmp6InGroupMembReductions Icmp6OutGroupMembReductions"},
    {"ICMPv6 Statistics", "Router Solicitations", "Icmp6InRouterSolicits Icmp6OutRouterSolicits"},
    {"ICMPv6 Statistics", "Router Advertisements",
     "Icmp6InRouterAdvertisements Icmp6OutRouterAdvertisements"},
    {"ICMPv6 Statistics", "Neighbor Solicitations", "Icmp6InNeighborSolicits Icmp6OutNeighborSolicits"},
    {"ICMPv6 Statistics", "Neighbor Advertisements",
     "Icmp6InNeighborAdvertisements Icmp6OutNeighborAdvertisements"},
    {"ICMPv6 Statistics", "Redirects", "Icmp6InRedirects Icmp6OutRedirects"},
    {"TCP Statistics for IPv4", "Active Opens", "Tcp.ActiveOpens"},
    {"TCP Statistics for IPv4", "Passive Opens", "Tcp.PassiveOpens"},
    {"TCP Statistics for IPv4", "Failed Connection Attempts", "Tcp.AttemptFails"},
    {"TCP Statistics for IPv4", "Reset Connections", "Tcp.EstabResets"},
    {"TCP Statistics for IPv4", "Current Connections", "Tcp.CurrEstab"},
    {"TCP Statistics for IPv4", "Segments Received", "Tcp.InSegs"},
    {"TCP Statistics for IPv4", "Segments Sent", "Tcp.OutSegs"},
    {"TCP Statistics for IPv4", "Segments Retransmitted", "Tcp.RetransSegs"},
    {"UDP Statistics for IPv4", "Datagrams Received", "Udp.InDatagrams"},
    {"UDP Statistics for IPv4", "No Ports", "Udp.NoPorts"},
    {"UDP Statistics for IPv4", "Receive Errors", "Udp.InErrors"},
    {"UDP Statistics for IPv4", "Datagrams Sent", "Udp.OutDatagrams"},
    {"UDP Statistics for IPv6", "Datagrams Received", "Udp6InDatagrams"},
    {"UDP Statistics for IPv6", "No Ports", "Udp6NoPorts"},
    {"UDP Statistics for IPv6", "Receive Errors", "Udp6InErrors"},
    {"UDP Statistics for IPv6", "Datagrams Sent", "Udp6OutDatagrams"},
};

void expect_figures(const std::map<std::string, std::string>& ours, const Counters& kernel) {
  for (const Figure& figure : kFigures) {
    std::string expected;
    for (const std::string& counter : words_of(figure.counters)) {
      ASSERT_TRUE(kernel.contains(counter)) << counter;
      expected += (expected.empty() ? "" : " ") + kernel.at(counter);
    }
    const auto found = ours.find(std::string(figure.title) + "|" + figure.line);
    ASSERT_NE(found, ours.end()) << figure.title << ": " << figure.line;
    EXPECT_EQ(found->second, expected) << figure.title << ": " << figure.line;
  }
}

// Each counter with a value of its own, so that none can be taken for another.
TEST_F(NetstatWindows, EachFigureIsItsCounter) {
  int value = 1000;
  std::string snmp;
  for (const auto& [section, names] :
       {std::pair("Ip: ", kIpNames), {"Icmp: ", kIcmpNames}, {"Tcp: ", kTcpNames}, {"Udp: ", kUdpNames}}) {
    snmp += std::string(section) + names + "\n" + section;
    for (std::size_t n = words_of(names).size(); n > 0; --n) snmp += " " + std::to_string(++value);
    snmp += "\n";
  }
  std::string snmp6;
  for (const std::string& name : words_of(kInet6Names)) snmp6 += name + " " + std::to_string(++value) + "\n";
  ProcFixture proc;
  proc.file("net/snmp", snmp);
  proc.file("net/snmp6", snmp6);
  const CommandResult shown = windows("-s", proc.prefix());
  EXPECT_EQ(shown.status, 0);
  EXPECT_EQ(shown.err, "");
  expect_figures(figures_of(shown.out), counters_of(snmp, snmp6));
}

TEST_F(NetstatWindows, StatisticsAreTheKernelsCounters) {
  for (const Flavour flavour : {Flavour::inet, Flavour::inet6}) {
    const Link link = make_link(flavour);
    send_bytes(link.client.get(), 5'000);
    const UniqueFd udp = udp_socket(flavour);
    connect_to(udp.get(), {loopback_of(flavour), 9});
    send_bytes(udp.get(), 10);
  }
  std::map<std::string, std::string> kernel;
  std::map<std::string, std::string> ours;
  // The last segments of a closing connection may still be counted: twice the same is quiet.
  wait_until("quiet counters", [&] {
    kernel = kernel_counters();
    ours = figures_of(windows("-s").out);
    return kernel == kernel_counters();
  });
  expect_figures(ours, kernel);
  EXPECT_NE(ours["ICMPv4 Statistics|Messages"], "0 0");
  EXPECT_EQ(ours["ICMPv4 Statistics|Router Solicitations"], "0 0");
}

TEST_F(NetstatWindows, EachProtocolHasItsSection) {
  ProcFixture proc;
  proc.file("net/snmp",
            "Ip: InReceives OutRequests\nIp: 11 12\nIcmp: InMsgs OutMsgs\nIcmp: 13 14\n"
            "IcmpMsg: InType9 OutType10\nIcmpMsg: 15 16\nTcp: ActiveOpens MaxConn\nTcp: 17 -1\n"
            "Udp: InDatagrams\nUdp: 18\n");
  proc.file("net/snmp6", "Ip6InReceives 21\nIcmp6InMsgs 22\nUdp6InDatagrams 23\n");
  const auto shown = [&proc](const std::string& protocol) {
    return lines_of(windows("-s -n -p " + protocol, proc.prefix()).out);
  };
  EXPECT_EQ(shown("IP")[3], "  Packets Received                   = 11");
  EXPECT_EQ(shown("IPv6")[3], "  Packets Received                   = 21");
  EXPECT_EQ(shown("ICMP")[4], "  Messages                  13          14");
  EXPECT_EQ(shown("ICMP")[17], "  Router Solicitations      0           16");
  EXPECT_EQ(shown("ICMP")[18], "  Router Advertisements     15          0");
  EXPECT_EQ(shown("ICMPv6")[4], "  Messages                  22          -");
  EXPECT_EQ(shown("TCP")[3], "  Active Opens                        = 17");
  EXPECT_EQ(shown("UDP")[3], "  Datagrams Received    = 18");
  EXPECT_EQ(shown("UDPv6")[3], "  Datagrams Received    = 23");
  EXPECT_EQ(shown("ip").size(), 20U);
}

TEST_F(NetstatWindows, StatisticsOfTcpAreFollowedByItsConnections) {
  const EveryState sockets({Flavour::inet});
  const std::string text = windows("-s -n -p tcp").out;
  const auto lines = lines_of(text);
  ASSERT_GT(lines.size(), 15U);
  EXPECT_EQ(lines[1], "TCP Statistics for IPv4");
  EXPECT_TRUE(lines[10].starts_with("  Segments Retransmitted              = ")) << lines[10];
  EXPECT_EQ(lines[12], "Active Connections");
  EXPECT_EQ(rows_of(text), rows_of(windows("-n -p tcp").out));
  EXPECT_EQ(windows("-s -p icmp").out.find("Active Connections"), std::string::npos);
}

// ---- interfaces and routes

TEST_F(NetstatWindows, RoutesAreThoseOfTheRealNetstat) {
  must_run({"ip", "link", "add", "win0", "type", "veth", "peer", "name", "win1"});
  must_run({"ip", "link", "set", "win1", "up"});
  must_run({"ip", "link", "set", "win0", "address", "02:11:22:33:44:55", "up"});
  must_run({"ip", "addr", "add", "10.7.0.2/24", "dev", "win0"});
  must_run({"ip", "addr", "add", "2001:db8:7::2/64", "dev", "win0", "nodad"});
  must_run({"ip", "route", "add", "default", "via", "10.7.0.1", "metric", "25"});
  must_run({"ip", "route", "add", "10.8.0.0/16", "via", "10.7.0.9"});
  must_run({"ip", "-6", "route", "add", "2001:db8:9:1111:2222::/80", "via", "2001:db8:7::1", "metric", "77"});
  // The kernel adds routes by itself while links come up.
  CommandResult ours;
  std::string real6;
  wait_until("quiet routes", [&] {
    real6 = must_run({kRealNetstat, "-6rn"});
    ours = windows("-r");
    return real6.find("fe80::") != std::string::npos && real6 == must_run({kRealNetstat, "-6rn"});
  });
  EXPECT_EQ(ours.status, 0);
  const auto lines = lines_of(ours.out);
  const auto count = [&lines](const std::string& wanted) { return std::ranges::count(lines, wanted); };

  std::size_t inet_rows = 0;
  for (const std::string& line : lines_of(must_run({kRealNetstat, "-rne"}))) {
    const auto words = words_of(line);
    if (words.size() != 8 || words[0] == "Destination") continue;
    ++inet_rows;
    const std::string gateway = words[1] == "0.0.0.0" ? "On-link" : words[1];
    EXPECT_EQ(std::ranges::count_if(lines,
                                    [&](const std::string& ours_line) {
                                      return words_of(ours_line) ==
                                             std::vector<std::string>{words[0], words[2], gateway, "10.7.0.2",
                                                                      words[4]};
                                    }),
              1)
        << line;
  }
  EXPECT_EQ(inet_rows, 3U);
  EXPECT_EQ(count("          0.0.0.0          0.0.0.0         10.7.0.1         10.7.0.2     25"), 1)
      << ours.out;
  EXPECT_NE(ours.out.find("...02 11 22 33 44 55 ......win0\n"), std::string::npos) << ours.out;
  EXPECT_NE(ours.out.find("...........................lo\n"), std::string::npos);

  std::size_t inet6_rows = 0;
  for (const std::string& line : lines_of(real6)) {
    const auto words = words_of(line);
    if (words.size() != 7 || words[2].find('U') == std::string::npos) continue;
    ++inet6_rows;
    const std::string gateway = words[1] == "::" ? "On-link" : words[1];
    // A long destination has its line for itself.
    bool found = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      auto own = words_of(lines[i]);
      if (own.size() == 3 && i + 1 < lines.size()) own.push_back(words_of(lines[i + 1])[0]);
      found = found || (own.size() == 4 && own[1] == words[3] && own[2] == words[0] && own[3] == gateway);
    }
    EXPECT_TRUE(found) << line;
  }
  EXPECT_GT(inet6_rows, 3U);
}

TEST_F(NetstatWindows, InterfaceStatisticsAreTheKernelsCounters) {
  must_run({"ip", "link", "add", "win0", "type", "veth", "peer", "name", "win1"});
  for (const char* name : {"win0", "win1"}) must_run({"ip", "link", "set", name, "up"});
  std::array<std::uint64_t, 4> kernel{};
  std::map<std::string, std::vector<std::string>> ours;
  const auto read = [](const std::string& counter) {
    std::uint64_t sum = 0;
    for (const char* name : {"win0", "win1"}) {
      // -s -s: bytes, packets, … of this namespace, whatever /sys shows.
      const std::string text = must_run({"ip", "-s", "-o", "link", "show", "dev", name});
      std::smatch match;
      const std::regex rx(counter + R"(:[^\\]*\\\s+(\d+)\s+(\d+))");
      if (std::regex_search(text, match, rx)) sum += std::stoull(match[1]);
    }
    return sum;
  };
  wait_until("quiet interfaces", [&] {
    const std::uint64_t received = read("RX");
    const std::uint64_t sent = read("TX");
    ours.clear();
    for (const std::string& line : lines_of(windows("-e").out)) {
      if (line.starts_with("Bytes")) ours["Bytes"] = words_of(line);
    }
    kernel = {received, sent, read("RX"), read("TX")};
    return kernel[0] == kernel[2] && kernel[1] == kernel[3] && received > 0;
  });
  EXPECT_EQ(ours["Bytes"],
            (std::vector<std::string>{"Bytes", std::to_string(kernel[0]), std::to_string(kernel[1])}));
}

}  // namespace
}  // namespace conntrail::test
