// netstat --windows: its command line, its lines and its tables.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "windows/windows_connections.h"
#include "windows/windows_interfaces.h"
#include "windows/windows_options.h"
#include "windows/windows_routes.h"
#include "windows/windows_statistics.h"

namespace conntrail::netstat::windows {
namespace {

WindowsCommandLine parse(std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  return parse_windows_command_line(pointers);
}

TEST(WindowsOptions, JoinedSeparateAndInAnyCase) {
  WindowsOptions expected;
  expected.all = expected.numeric = expected.process_ids = true;
  EXPECT_EQ(parse({"-ano"}).options, expected);
  EXPECT_EQ(parse({"-a", "/N", "-O"}).options, expected);
  EXPECT_EQ(parse({"/ANO"}).options, expected);
  EXPECT_EQ(parse({}).options, WindowsOptions());
}

TEST(WindowsOptions, ProtocolAndInterval) {
  const auto parsed = parse({"-anp", "TcpV6", "5", "-s"});
  ASSERT_TRUE(parsed.options);
  EXPECT_EQ(parsed.options->protocol, WindowsProtocol::tcpv6);
  EXPECT_EQ(parsed.options->interval_s, 5U);
  EXPECT_TRUE(parsed.options->statistics);
  EXPECT_TRUE(parsed.options->shows(WindowsProtocol::tcpv6));
  EXPECT_FALSE(parsed.options->shows(WindowsProtocol::tcp));
  for (const char* word : {"IP", "ipv6", "Icmp", "ICMPv6", "tcp", "TCPV6", "udp", "UDPv6"}) {
    EXPECT_TRUE(parse_windows_protocol(word)) << word;
  }
}

TEST(WindowsOptions, HelpIsNoErrorButWhatIsUnknownIs) {
  for (const char* word : {"-?", "/?"}) {
    const auto parsed = parse({word});
    EXPECT_FALSE(parsed.options);
    EXPECT_EQ(parsed.exit_code, 0);
    EXPECT_TRUE(parsed.complaint.empty());
  }
  const std::vector<std::vector<std::string>> wrong = {{"-x"},  {"-p"},    {"-p", "sctp"}, {"0"},
                                                       {"-1x"}, {"word"},  {"5", "6"},     {"-"},
                                                       {""},    {"--all"}, {"-\x1b"},      {"99999999999"}};
  for (const auto& words : wrong) {
    const auto parsed = parse(words);
    EXPECT_FALSE(parsed.options) << words.front();
    EXPECT_EQ(parsed.exit_code, 1) << words.front();
    EXPECT_EQ(parsed.complaint.find('\x1b'), std::string::npos);
  }
}

Endpoint endpoint(std::string_view address, std::uint16_t port) { return {*IpAddress::parse(address), port}; }

TEST(WindowsEndpoint, BracketsIPv6AndUnwrapsIPv4) {
  EXPECT_EQ(windows_endpoint(endpoint("10.0.0.1", 80), 0), "10.0.0.1:80");
  EXPECT_EQ(windows_endpoint(endpoint("::", 0), 0), "[::]:0");
  EXPECT_EQ(windows_endpoint(endpoint("::ffff:10.0.0.1", 80), 3), "10.0.0.1:80");
  EXPECT_EQ(windows_endpoint(endpoint("fe80::1", 80), 3), "[fe80::1%3]:80");
  EXPECT_EQ(windows_endpoint(endpoint("fe80::1", 80), 0), "[fe80::1]:80");
  EXPECT_EQ(windows_endpoint(endpoint("fd00::1", 80), 3), "[fd00::1]:80");
}

// As Windows 10 prints them.
TEST(WindowsRow, HasWindowsColumns) {
  std::string out;
  append_windows_title(out, true);
  append_windows_row(out, {"TCP", "0.0.0.0:135", "0.0.0.0:0", "LISTENING", 748}, true);
  append_windows_row(out, {"UDP", "[::1]:62261", "*:*", "", 1036}, true);
  EXPECT_EQ(out,
            "\nActive Connections\n\n"
            "  Proto  Local Address          Foreign Address        State           PID\n"
            "  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       748\n"
            "  UDP    [::1]:62261            *:*                                    1036\n");
  out.clear();
  append_windows_title(out, false);
  append_windows_row(out, {"TCP", "[2001:db8:1234:5678::1]:50000", "[::1]:1", "TIME_WAIT", 0}, false);
  EXPECT_EQ(out,
            "\nActive Connections\n\n"
            "  Proto  Local Address          Foreign Address        State\n"
            "  TCP    [2001:db8:1234:5678::1]:50000 [::1]:1                TIME_WAIT\n");
}

TEST(WindowsStates, AreSpelledAsWindowsDoes) {
  EXPECT_EQ(windows_state_name(TcpState::listen), "LISTENING");
  EXPECT_EQ(windows_state_name(TcpState::syn_recv), "SYN_RECEIVED");
  EXPECT_EQ(windows_state_name(TcpState::fin_wait1), "FIN_WAIT_1");
  EXPECT_EQ(windows_state_name(TcpState::fin_wait2), "FIN_WAIT_2");
  EXPECT_EQ(windows_state_name(static_cast<TcpState>(200)), "UNKNOWN");
}

TEST(WindowsStatistics, WhatTheKernelDoesNotCountIsNotInvented) {
  KernelCounters counters;
  counters.add_groups("Udp: InDatagrams NoPorts\nUdp: 7 8\nTcp: A\nUdp: 9\nUdp: InErrors\nUdp: 5\n");
  std::string out;
  append_windows_statistics(out, WindowsProtocol::udp, counters);
  EXPECT_EQ(out,
            "\nUDP Statistics for IPv4\n\n"
            "  Datagrams Received    = 7\n"
            "  No Ports              = 8\n"
            "  Receive Errors        = -\n"
            "  Datagrams Sent        = -\n");
}

TEST(WindowsStatistics, MessagesInTwoColumns) {
  KernelCounters counters;
  counters.add_lines6(
      "Icmp6InMsgs 3\nIcmp6OutMsgs 12345\nIcmp6InMLDv2Reports 2\nIcmp6InGroupMembResponses 5\n"
      "Icmp6OutType138 4\ngarbage\nIcmp6InErrors x\n");
  std::string out;
  append_windows_statistics(out, WindowsProtocol::icmpv6, counters);
  EXPECT_TRUE(
      out.starts_with("\nICMPv6 Statistics\n\n"
                      "                            Received    Sent\n"
                      "  Messages                  3           12345\n"
                      "  Errors                    -           -\n"))
      << out;
  EXPECT_NE(out.find("  MLD Reports               7           -\n"), std::string::npos) << out;
  EXPECT_NE(out.find("  Router Renumberings       0           4\n"), std::string::npos) << out;
}

TEST(InterfaceLine, NeedsAllItsColumns) {
  const auto eth =
      parse_interface_counters("  eth0: 1 2 3 4 5 6 7 8 9 10 11 18446744073709551615 13 14 15 16\n");
  ASSERT_TRUE(eth);
  EXPECT_EQ(eth->name, "eth0");
  EXPECT_EQ(eth->received.bytes, 1U);
  EXPECT_EQ(eth->received.packets, 2U);
  EXPECT_EQ(eth->multicast_received, 8U);
  EXPECT_EQ(eth->sent.discards, 18446744073709551615U);
  for (const char* line :
       {"", "\n", "Inter-|   Receive  |  Transmit\n", "eth0 1 2 3\n", "eth0:\n",
        "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n", "eth0: x\n",
        " : 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n", "eth0 1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"}) {
    EXPECT_FALSE(parse_interface_counters(line)) << line;
  }
}

TEST(InterfaceTotals, HaveWindowsColumns) {
  InterfaceTotals totals;
  totals.received = {372959625, 134302, 1, 2};
  totals.sent = {123567086, 145204, 3, 4};
  totals.multicast_received = 302;
  totals.unknown_protocols = 17;
  std::string out;
  append_windows_interface_statistics(out, totals);
  EXPECT_EQ(out,
            "Interface Statistics\n\n"
            "                           Received            Sent\n\n"
            "Bytes                     372959625       123567086\n"
            "Unicast packets              134000          145204\n"
            "Non-unicast packets             302\n"
            "Discards                          2               4\n"
            "Errors                            1               3\n"
            "Unknown protocols                17\n");
}

InterfaceList two_interfaces() {
  InterfaceList list;
  list["lo"] = {1, "lo", {0, 0, 0, 0, 0, 0}, true, "127.0.0.1"};
  list["eth0"] = {14, "eth0", {0x00, 0x50, 0xcc, 0x79, 0x63, 0x40}, false, "192.168.111.101"};
  return list;
}

TEST(WindowsRoutes, HaveWindowsColumns) {
  const InterfaceList interfaces = two_interfaces();
  std::string out;
  for (const char* name : {"eth0", "lo"}) append_windows_interface(out, interfaces.at(name));
  EXPECT_EQ(out,
            " 14...00 50 cc 79 63 40 ......eth0\n"
            "  1...........................lo\n");
  out.clear();
  for (const char* line : {"eth0\t00000000\t646FA8C0\t0003\t0\t0\t15\t00000000\t0\t0\t0\n",
                           "lo\t0000007F\t00000000\t0001\t0\t0\t306\t000000FF\t0\t0\t0\n",
                           "*\t0000330A\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0\n"}) {
    const auto route = parse_inet_route(line);
    ASSERT_TRUE(route) << line;
    append_windows_route(out, *route, interfaces);
  }
  EXPECT_EQ(out,
            "          0.0.0.0          0.0.0.0  192.168.111.100  192.168.111.101     15\n"
            "        127.0.0.0        255.0.0.0         On-link         127.0.0.1    306\n"
            "        10.51.0.0      255.255.0.0        Rejected                 -      0\n");
}

TEST(WindowsRoutes, LongDestinationsHaveALineForThemselves) {
  const InterfaceList interfaces = two_interfaces();
  const std::string none(32, '0');
  std::string out;
  for (const std::string& line :
       {"00000000000000000000000000000001 80 " + none + " 00 " + none + " 00000100 1 0 80200001       lo\n",
        "20010db81234567890abcdef01234567 80 " + none +
            " 00 fe800000000000000000000000000001 00000400 1 0 "
            "00000003     eth0\n"}) {
    const auto route = parse_inet6_route(line);
    ASSERT_TRUE(route) << line;
    append_windows_route6(out, *route, interfaces);
  }
  EXPECT_EQ(out,
            "  1    256 ::1/128                  On-link\n"
            " 14   1024 2001:db8:1234:5678:90ab:cdef:123:4567/128\n"
            "                                    fe80::1\n");
}

TEST(WindowsRoutes, DamagedLinesAreNone) {
  for (const char* line : {"", "\n", "Iface\tDestination\tGateway\n", "eth0 0 0\n", "eth0 0 0 3 0 0 x 0\n"}) {
    EXPECT_FALSE(parse_inet_route(line)) << line;
  }
  const std::string none(32, '0');
  for (const std::string& line : {std::string(), std::string("0000\n"), none + " 80\n",
                                  none + " 81 " + none + " 00 " + none + " 0 0 0 1 lo\n",
                                  none + " 80 " + none.substr(1) + " 00 " + none + " 0 0 0 1 lo\n",
                                  none + " 80 " + none + " 00 " + none + " 0 0 0 1\n"}) {
    EXPECT_FALSE(parse_inet6_route(line)) << line;
  }
}

}  // namespace
}  // namespace conntrail::netstat::windows
