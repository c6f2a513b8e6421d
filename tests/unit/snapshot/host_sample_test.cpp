// The readers behind a sample of a host: counters, settings, listeners, and what hostile text makes of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "conntrail/model/host_sample.h"
#include "counter_text.h"
#include "listener_samples.h"
#include "sysctl_values.h"

namespace conntrail::snapshot {
namespace {

using Values = std::map<std::string, std::int64_t>;

Values as_map(const std::vector<NamedValue>& values) {
  Values map;
  for (const NamedValue& one : values) EXPECT_TRUE(map.emplace(one.name, one.value).second) << one.name;
  return map;
}

Values section(std::string_view text, std::string_view name) {
  std::vector<NamedValue> values;
  append_section(values, text, name);
  return as_map(values);
}

TEST(CounterText, TakesTheSectionAskedFor) {
  constexpr std::string_view kText =
      "Ip: Forwarding DefaultTTL\nIp: 2 64\n"
      "Tcp: RtoAlgorithm MaxConn ActiveOpens\nTcp: 1 -1 126\n"
      "TcpExt: TW\nTcpExt: 9223372036854775807\n";
  EXPECT_EQ(section(kText, "Tcp"),
            (Values{{"Tcp.RtoAlgorithm", 1}, {"Tcp.MaxConn", -1}, {"Tcp.ActiveOpens", 126}}));
  EXPECT_EQ(section(kText, "TcpExt"), (Values{{"TcpExt.TW", 9223372036854775807}}));
  EXPECT_EQ(section(kText, "Udp"), Values{});
}

TEST(CounterText, LeavesOutWhatIsNoCounter) {
  EXPECT_EQ(section("", "Tcp"), Values{});
  EXPECT_EQ(section("Tcp:", "Tcp"), Values{});
  EXPECT_EQ(section("Tcp: A B C", "Tcp"), Values{}) << "no numbers";
  EXPECT_EQ(section("Tcp: A B C\nTcp: 1 2", "Tcp"), (Values{{"Tcp.A", 1}, {"Tcp.B", 2}})) << "short";
  EXPECT_EQ(section("Tcp: A\nTcp: 1 2 3", "Tcp"), (Values{{"Tcp.A", 1}})) << "names missing";
  EXPECT_EQ(section("Tcp: A B C D E\nTcp: x 0x1 1.5 99999999999999999999 5\n", "Tcp"),
            (Values{{"Tcp.E", 5}}));
  EXPECT_EQ(section("Tcp: A\x1b[31m B\"} C\nTcp: 1 2 3\n", "Tcp"), (Values{{"Tcp.C", 3}}));
  EXPECT_EQ(section("Tcp: " + std::string(100000, 'A') + " B\nTcp: 1 2\n", "Tcp"), (Values{{"Tcp.B", 2}}));
  EXPECT_EQ(section(std::string_view("Tcp: A\0B C\nTcp: 1 2\n", 20), "Tcp"), (Values{{"Tcp.C", 2}}));
}

TEST(CounterText, Sockstat) {
  std::vector<NamedValue> values;
  append_sockstat(values, "sockets: used 14\nTCP: inuse 5 orphan 1 tw 3 alloc 9 mem\nUDP: inuse 2 mem 0\n",
                  "TCP");
  append_sockstat(values, "TCP6: inuse 4\n", "TCP6");
  append_sockstat(values, "TCP: inuse\n", "TCP");
  EXPECT_EQ(as_map(values), (Values{{"sockstat.TCP.inuse", 5},
                                    {"sockstat.TCP.orphan", 1},
                                    {"sockstat.TCP.tw", 3},
                                    {"sockstat.TCP.alloc", 9},
                                    {"sockstat.TCP6.inuse", 4}}));
}

TEST(Settings, WhatIsThereAndWhole) {
  const std::map<std::string, std::string> files{
      {"/proc/sys/net/ipv4/tcp_tw_reuse", "2\n"},
      {"/proc/sys/net/ipv4/tcp_fin_timeout", "sixty\n"},
      {"/proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n"},
      {"/proc/sys/net/ipv4/ip_local_reserved_ports", "8080,32768,40000-40009,60999-65535\n"},
      {"/proc/sys/net/core/somaxconn", "4096\n"}};
  std::vector<NamedValue> values;
  append_settings(values, [&](const std::string& path) {
    const auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  });
  EXPECT_EQ(as_map(values), (Values{{"sysctl.tcp_tw_reuse", 2},
                                    {"sysctl.ip_local_port_range.low", 32768},
                                    {"sysctl.ip_local_port_range.high", 60999},
                                    {"sysctl.ip_local_reserved_ports.in_range", 12},
                                    {"sysctl.ip_local_reserved_ports.run.32768", 32768},
                                    {"sysctl.ip_local_reserved_ports.run.40000", 40009},
                                    {"sysctl.ip_local_reserved_ports.run.60999", 60999},
                                    {"sysctl.somaxconn", 4096}}));
}

TEST(Settings, EveryOneThatADiagnosisAsksFor) {
  HostSample sample;
  append_settings(sample.values, [](const std::string& path) -> std::optional<std::string> {
    return path.ends_with("ip_local_port_range") ? "1 2" : "1";
  });
  std::ranges::sort(sample.values, {}, &NamedValue::name);
  using namespace setting;
  for (const CounterName name :
       {kIpLocalPortRangeHigh, kIpLocalPortRangeLow, kIpLocalReservedPortsInRange, kSomaxconn,
        kTcpAbortOnOverflow, kTcpFinTimeout, kTcpMaxSynBacklog, kTcpMaxTwBuckets, kTcpSynRetries,
        kTcpSyncookies, kTcpTimestamps, kTcpTwReuse, kTcpTwReuseDelay})
    EXPECT_TRUE(sample.find(name)) << name.text();
}

TEST(Settings, RangesThatAreNone) {
  for (const char* range : {"", "1", "1 2 3", "a b", "60999 32768", "-1 5", "1 65536"}) {
    std::vector<NamedValue> values;
    append_settings(values, [&](const std::string& path) -> std::optional<std::string> {
      if (path.ends_with("ip_local_port_range")) return range;
      return std::nullopt;
    });
    EXPECT_TRUE(values.empty()) << range;
  }
}

TEST(Settings, ReservedPorts) {
  EXPECT_EQ(count_reserved("", 1000, 2000), 0);
  EXPECT_EQ(count_reserved("999,1000,2000,2001", 1000, 2000), 2);
  EXPECT_EQ(count_reserved("0-65535", 1000, 2000), 1001);
  EXPECT_EQ(count_reserved("1100-1200,1150-1250,1200", 1000, 2000), 151) << "named twice counts once";
  EXPECT_EQ(reserved_runs("1100-1200,1150-1250,1200,1300,999,2000-2010", 1000, 2000),
            (std::vector<PortRun>{{1100, 1250}, {1300, 1300}, {2000, 2000}}));
  EXPECT_EQ(reserved_runs("65535", 1, 65535), (std::vector<PortRun>{{65535, 65535}}));
  for (const char* hostile : {",", "1,", "x", "5-", "-5", "9-8", "65536", "1-2-3", "1 2"}) {
    EXPECT_FALSE(count_reserved(hostile, 0, 65535)) << hostile;
  }
}

SocketRow socket_at(const char* address, std::uint16_t port, std::uint32_t interface = 0) {
  SocketRow row;
  row.tuple.local = {*IpAddress::parse(address), port};
  row.tuple.family = row.tuple.local.address.family;
  row.interface = interface;
  return row;
}

SocketRow listener_at(const char* address, std::uint16_t port, std::uint64_t cookie,
                      std::uint32_t interface = 0) {
  SocketRow row = socket_at(address, port, interface);
  row.state = TcpState::listen;
  row.cookie = cookie;
  return row;
}

// Half-open connections by the listener's cookie.
std::map<std::uint64_t, std::uint32_t> half_open(ListenerSamples& listeners) {
  std::map<std::uint64_t, std::uint32_t> counts;
  for (const ListenerSample& one : listeners.take()) counts[one.cookie] = one.half_open;
  return counts;
}

TEST(ListenerSamples, TakesTheQueues) {
  SocketRow row = listener_at("10.0.0.1", 80, 7);
  row.receive_queue = 3;
  row.backlog = 4;
  row.drops = 5;
  ListenerSamples listeners;
  listeners.add_listener(row);
  listeners.add_listener(listener_at("10.0.0.1", 22, 8));
  const auto samples = listeners.take();
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0].cookie, 8U) << "by endpoint";
  EXPECT_EQ(samples[1].local.port, 80);
  EXPECT_EQ(samples[1].family, Family::inet);
  EXPECT_EQ(samples[1].accept_queue, 3U);
  EXPECT_EQ(samples[1].backlog, 4U);
  EXPECT_EQ(samples[1].drops, 5U);
  EXPECT_FALSE(samples[1].owner.known());
  EXPECT_TRUE(listeners.take().empty());
}

TEST(ListenerSamples, RequestsGoWhereTheKernelSendsThem) {
  ListenerSamples listeners;
  listeners.add_listener(listener_at("0.0.0.0", 80, 1));
  listeners.add_listener(listener_at("10.0.0.1", 80, 2));
  listeners.add_listener(listener_at("10.0.0.1", 80, 3, 7));
  listeners.add_listener(listener_at("::", 80, 4));
  listeners.add_listener(listener_at("::", 443, 5));
  listeners.add_listener(listener_at("0.0.0.0", 22, 6));
  listeners.add_request(socket_at("10.0.0.9", 80));          // 1: the wildcard
  listeners.add_request(socket_at("10.0.0.1", 80));          // 2: the bound address
  listeners.add_request(socket_at("10.0.0.1", 80, 7));       // 3: the bound device as well
  listeners.add_request(socket_at("2001:db8::1", 80));       // 4
  listeners.add_request(socket_at("::ffff:10.0.0.9", 80));   // 1: IPv4's own wildcard
  listeners.add_request(socket_at("::ffff:10.0.0.9", 443));  // 5: an IPv6 wildcard takes IPv4 as well
  listeners.add_request(socket_at("2001:db8::1", 22));       // nobody's
  listeners.add_request(socket_at("10.0.0.1", 81));          // nobody's
  EXPECT_EQ(half_open(listeners),
            (std::map<std::uint64_t, std::uint32_t>{{1, 2}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 0}}));
}

TEST(ListenerSamples, SharesOutAmongEquals) {
  ListenerSamples listeners;
  for (const std::uint64_t cookie : {1U, 2U, 3U}) listeners.add_listener(listener_at("0.0.0.0", 80, cookie));
  for (int i = 0; i < 8; ++i) listeners.add_request(socket_at("10.0.0.1", 80));
  EXPECT_EQ(half_open(listeners), (std::map<std::uint64_t, std::uint32_t>{{1, 3}, {2, 3}, {3, 2}}));
}

}  // namespace
}  // namespace conntrail::snapshot
