// Interfaces: lines of /proc/net/dev and if_inet6 into rows and paragraphs of netstat -i.
#include <gtest/gtest.h>
#include <net/if.h>

#include <string>
#include <vector>

#include "interfaces/hardware_type.h"
#include "interfaces/interface_addresses.h"
#include "interfaces/interface_counters.h"
#include "interfaces/interface_format.h"
#include "interfaces/interface_list.h"
#include "names/address_text.h"

namespace conntrail::netstat::test {
namespace {

InterfaceCounters counters_of(std::string_view fields, CounterLayout layout) {
  InterfaceCounters counters;
  take_counters(fields, layout, counters);
  return counters;
}

TEST(CounterLine, IsNameAndFields) {
  const auto expect = [](std::string_view line, std::string_view name, std::string_view fields) {
    const CounterLine parts = split_counter_line(line);
    EXPECT_EQ(parts.name, name) << line;
    EXPECT_EQ(parts.fields, fields) << line;
  };
  expect("  eth0: 1 2\n", "eth0", " 1 2\n");
  expect("eth0:1 2\n", "eth0", "1 2\n");
  expect("eth0:12: 1 2\n", "eth0:12", " 1 2\n");
  expect("eth0::1\n", "eth0:", "1\n");
  expect("a234567890abcde: 9 8", "a234567890abcde", " 9 8");
  expect("a234567890abcde:1: 9", "a234567890abcde", "1: 9");  // an alias would be too long
  expect("a234567890abcdef: 9 8", "a234567890abcde", "");
  expect("eth0 x: 9", "eth0", " x: 9");
  expect("eth0", "eth0", "");
  expect("\n", "", "");
  expect("", "", "");
  expect(":", "", "");
}

TEST(CounterLine, LayoutsOfAllKernels) {
  EXPECT_EQ(counter_layout(" face |bytes    packets errs drop fifo frame compressed multicast|bytes"),
            CounterLayout::with_compressed);
  EXPECT_EQ(counter_layout(" face |bytes    packets errs drop fifo frame|bytes"), CounterLayout::with_bytes);
  EXPECT_EQ(counter_layout(" face |packets errs drop fifo frame|packets"), CounterLayout::packets_only);

  const auto now = counters_of("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", CounterLayout::with_compressed);
  EXPECT_EQ(now.received, (TrafficCounters{1, 2, 3, 4, 5, 7}));
  EXPECT_EQ(now.sent, (TrafficCounters{9, 10, 11, 12, 13, 16}));
  EXPECT_EQ(now.frame_errors, 6U);
  EXPECT_EQ(now.multicast, 8U);
  EXPECT_EQ(now.collisions, 14U);
  EXPECT_EQ(now.carrier_errors, 15U);

  const auto older = counters_of("1 2 3 4 5 6 7 8 9 10 11 12 13", CounterLayout::with_bytes);
  EXPECT_EQ(older.received, (TrafficCounters{1, 2, 3, 4, 5, 0}));
  EXPECT_EQ(older.sent, (TrafficCounters{7, 8, 9, 10, 11, 0}));
  EXPECT_EQ(older.carrier_errors, 13U);

  const auto oldest = counters_of("1 2 3 4 5 6 7 8 9 10 11", CounterLayout::packets_only);
  EXPECT_EQ(oldest.received, (TrafficCounters{0, 1, 2, 3, 4, 0}));
  EXPECT_EQ(oldest.sent, (TrafficCounters{0, 6, 7, 8, 9, 0}));
  EXPECT_EQ(oldest.collisions, 10U);
}

TEST(CounterLine, DamagedOnesEndTheirRow) {
  const auto counters = counters_of(" 1 2 x 4", CounterLayout::with_compressed);
  EXPECT_EQ(counters.received, (TrafficCounters{1, 2, 0, 0, 0, 0}));
  EXPECT_EQ(counters_of("", CounterLayout::with_compressed), InterfaceCounters{});
  EXPECT_EQ(counters_of("99999999999999999999999 2", CounterLayout::with_compressed).received.bytes,
            18446744073709551615U);
}

std::vector<std::string> in_order(const std::vector<std::string>& given) {
  InterfaceList list;
  for (const std::string& name : given) list.at(name);
  std::vector<std::string> names;
  for (const ListedInterface& listed : list.in_order()) names.push_back(listed.name);
  return names;
}

TEST(InterfaceOrder, CountsNumbersAsNumbers) {
  EXPECT_EQ(in_order({"lo", "eth10", "eth2", "eth", "eth2:10", "eth2:9", "eth1a", "a1b10", "a1b2", "eth2"}),
            (std::vector<std::string>{"a1b2", "a1b10", "eth", "eth2", "eth2:9", "eth2:10", "eth10", "eth1a",
                                      "lo"}));
  EXPECT_EQ(in_order({"9", "09", "10", "", "eth01", "eth1", "eth001"}),
            (std::vector<std::string>{"", "09", "9", "10", "eth001", "eth01", "eth1"}));
  // An alias by name is no number behind its interface.
  EXPECT_EQ(in_order({"eth3", "eth2:web", "eth2"}), (std::vector<std::string>{"eth2", "eth3", "eth2:web"}));
}

TEST(InterfaceOrder, SurvivesNumbersThatFitNowhere) {
  EXPECT_EQ(compare_interface_names("e99999999999999999999", "e99999999999999999999"), 0);
  EXPECT_LT(compare_interface_names("e2147483648", "e0"), 0);  // as netstat narrows it
  EXPECT_GT(compare_interface_names("e0", "e2147483648"), 0);
  EXPECT_LT(compare_interface_names("", "0"), 0);
}

TEST(InterfaceAddress6, IsTakenFromItsLine) {
  const auto row = parse_interface_address6("fe800000000000000000000000000001 02 40 20 80     eth0\n");
  ASSERT_TRUE(row);
  EXPECT_EQ(numeric_text(row->address), "fe80::1");
  EXPECT_EQ(row->prefix_length, 64U);
  EXPECT_EQ(row->scope, 0x20U);
  EXPECT_EQ(row->interface, "eth0");
  for (const char* line :
       {"", "\n", "fe80 02 40 20 80 eth0", "fe80000000000000000000000000000g 02 40 20 80 eth0",
        "fe800000000000000000000000000001 02 40 20 80", "fe800000000000000000000000000001 02 x 20 80 eth0",
        "fe80000000000000000000000000000100 02 40 20 80 eth0"}) {
    EXPECT_FALSE(parse_interface_address6(line)) << line;
  }
}

TEST(InterfaceAddress6, ScopesHaveNames) {
  EXPECT_EQ(scope_names(0), "<global>");
  EXPECT_EQ(scope_names(0x10), "<host>");
  EXPECT_EQ(scope_names(0x20), "<link>");
  EXPECT_EQ(scope_names(0x70), "<link,site,host>");
  EXPECT_EQ(scope_names(0x80), "<compat,global>");
  EXPECT_EQ(scope_names(0x81), "<compat>");
  EXPECT_EQ(scope_names(0x01), "");
}

std::string hardware(std::uint16_t number, const HardwareAddress& address) {
  return hardware_text(hardware_type(number), address);
}

TEST(Hardware, AddressesInTheirOwnNotation) {
  const HardwareAddress a{0x02, 0x11, 0xa2, 0x3d, 0x44, 0xf5, 0xaa, 0xbb};
  EXPECT_EQ(hardware(1, a), "ether 02:11:a2:3d:44:f5");
  EXPECT_EQ(hardware(7, a), "arcnet 02");
  EXPECT_EQ(hardware(15, a), "dlci 4354");
  EXPECT_EQ(hardware(15, {0, 0x80}), "dlci -32768");
  EXPECT_EQ(hardware(27, a), "eui64 02:11:A2:3D:44:F5:AA:BB");
  EXPECT_EQ(hardware(270, a), "rose 0211a23d44");
  EXPECT_EQ(hardware(512, a), "ppp");
  EXPECT_EQ(hardware(768, a), "tunnel ");
  EXPECT_EQ(hardware(772, a), "loop");
  EXPECT_EQ(hardware(774, a), "fddi 02-11-A2-3D-44-F5");
  EXPECT_EQ(hardware(780, a), "hippi 02:11:A2:3D:44:F5");
  EXPECT_EQ(hardware(65534, a), "unspec 02-11-A2-3D-44-F5-AA-BB-00-00-00-00-00-00-00-00");
  EXPECT_EQ(hardware(783, a), "irda 3d:a2:11:02");
  EXPECT_EQ(hardware(781, a), "ash [212d45ab" + std::string(56, '0') + "]");
  EXPECT_EQ(hardware(781, {}), "ash");
}

TEST(Hardware, Callsigns) {
  const auto shifted = [](std::string_view text, std::uint8_t station) {
    HardwareAddress a{};
    for (std::size_t i = 0; i < 6; ++i) a[i] = static_cast<std::uint8_t>(text[i] << 1);
    a[6] = station;
    return a;
  };
  EXPECT_EQ(hardware(3, shifted("DL1ABC", 0x6e)), "ax25 DL1ABC-7");
  EXPECT_EQ(hardware(0, shifted("DE1AB ", 0x60)), "netrom DE1AB");
  EXPECT_EQ(hardware(0, shifted("      ", 0xfe)), "netrom -15");
  EXPECT_EQ(hardware(0, {}), "netrom ");
  EXPECT_EQ(hardware(0, shifted("A\x1b[2JB", 0)), "netrom A?[2JB");
  EXPECT_EQ(hardware(271, {'1', '2', 0x1b, 0xff, 0, 'x'}), "x25 12??");
}

TEST(InterfaceFormat, Flags) {
  EXPECT_EQ(flag_letters(0), "[NO FLAGS]");
  EXPECT_EQ(flag_letters(-1), "ABDLMdPNOPsmRU");
  EXPECT_EQ(flag_letters(IFF_PORTSEL), "");
  EXPECT_EQ(flag_words(0), "<");  // as netstat has it
  EXPECT_EQ(flag_words(IFF_PORTSEL), "");
  EXPECT_EQ(flag_words(IFF_UP | IFF_LOOPBACK), "<UP,LOOPBACK>");
  EXPECT_EQ(flag_words(-1),
            "<UP,BROADCAST,DEBUG,LOOPBACK,POINTOPOINT,NOTRAILERS,RUNNING,NOARP,PROMISC,ALLMULTI,SLAVE,MASTER,"
            "MULTICAST,DYNAMIC>");
}

TEST(InterfaceFormat, SizesAreCutOffToTenths) {
  EXPECT_EQ(byte_size(0), "0.0 B");
  EXPECT_EQ(byte_size(1024), "1024.0 B");
  EXPECT_EQ(byte_size(1025), "1.0 KiB");
  EXPECT_EQ(byte_size(1126), "1.0 KiB");
  EXPECT_EQ(byte_size(1127), "1.1 KiB");
  EXPECT_EQ(byte_size(1048576), "1024.0 KiB");
  EXPECT_EQ(byte_size(1048577), "1.0 MiB");
  EXPECT_EQ(byte_size((1ULL << 60) - 1), "1023.9 PiB");
  EXPECT_EQ(byte_size((1ULL << 60) + (1ULL << 59)), "1.5 EiB");
  EXPECT_EQ(byte_size(18446744073709551615U), "16.0 EiB");
}

TEST(InterfaceFormat, Rows) {
  InterfaceFacts facts;
  facts.flags = IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_MULTICAST;
  facts.mtu = 1500;
  ListedInterface listed{
      "eth0", counters_of("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", CounterLayout::with_compressed)};
  std::string out;
  append_interface_row(out, {listed, facts, {}});
  EXPECT_EQ(out, "eth0             1500        2      3      4 5            10     11     12     13 BMRU\n");
  listed = {"eth0:1", std::nullopt};
  out.clear();
  append_interface_row(out, {listed, facts, {}});
  EXPECT_EQ(out, "eth0:1           1500      - no statistics available -                        BMRU\n");
  listed = {"a\x1b[2J", std::nullopt};
  out.clear();
  append_interface_row(out, {listed, facts, {}});
  EXPECT_TRUE(out.starts_with("a?[2J            1500 ")) << out;
}

// A card with everything, on a serial line that compresses.
TEST(InterfaceFormat, Paragraphs) {
  InterfaceFacts facts;
  facts.flags =
      static_cast<std::int16_t>(IFF_UP | IFF_BROADCAST | IFF_POINTOPOINT | IFF_PORTSEL | IFF_AUTOMEDIA);
  facts.hardware = 257;
  facts.mtu = 296;
  facts.outfill = 9;
  facts.keepalive = 5;
  facts.queue_length = 10;
  facts.map = {0x1000, 0x2000, 0x340, 9, 3, 2};
  facts.address = InterfaceAddress4{IpAddress::v4({10, 0, 0, 1}), IpAddress::v4({10, 0, 0, 2}),
                                    IpAddress::v4({10, 0, 0, 255}), IpAddress::v4({255, 255, 255, 0})};
  const std::vector<InterfaceAddress6> addresses6{
      {IpAddress::v6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), 64, 0x20, "sl0"},
      {IpAddress::v6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}), 64, 0x20, "sl1"}};
  const ListedInterface listed{
      "sl0", counters_of("1025 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", CounterLayout::with_compressed)};
  std::string out;
  append_interface_paragraph(out, {listed, facts, addresses6});
  EXPECT_EQ(out,
            "sl0: flags=24595<UP,BROADCAST,POINTOPOINT>  mtu 296  outfill 9  keepalive 5\n"
            "        inet 10.0.0.1  netmask 255.255.255.0  broadcast 10.0.0.255  destination 10.0.0.2\n"
            "        inet6 fe80::1  prefixlen 64  scopeid 0x20<link>\n"
            "        cslip  txqueuelen 10  (VJ Serial Line IP)\n"
            "        media 10baseTautoselect\n"
            "        RX packets 2  bytes 1025 (1.0 KiB)\n"
            "        RX compressed:7\n"
            "        RX errors 3  dropped 4  overruns 5  frame 6\n"
            "        TX packets 10  bytes 9 (9.0 B)\n"
            "        TX compressed 16\n"
            "        TX errors 11  dropped 12 overruns 13  carrier 15  collisions 14\n"
            "        device interrupt 9  base 0x340  memory 0x1000-2000    dma 0x3\n"
            "\n");
}

TEST(InterfaceFormat, MediaBeyondTheTableAreUnknown) {
  InterfaceFacts facts;
  facts.flags = IFF_PORTSEL;
  facts.map.port = 200;
  const ListedInterface listed{"eth0", std::nullopt};
  std::string out;
  append_interface_paragraph(out, {listed, facts, {}});
  EXPECT_NE(out.find("        media unknown\n"), std::string::npos) << out;
}

}  // namespace
}  // namespace conntrail::netstat::test
