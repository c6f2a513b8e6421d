// Routes: lines of every file into values, and values into rows.
#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <string>

#include "fake_names.h"
#include "proc/line_scanner.h"
#include "proc/titled_table.h"
#include "routes/ipv4_cache.h"
#include "routes/ipv4_route.h"
#include "routes/ipv6_route.h"
#include "routes/legacy_routes.h"
#include "routes/neighbour_line.h"
#include "routes/radio_routes.h"
#include "routes/route_address.h"
#include "routes/route_flags.h"
#include "routes/route_table.h"

namespace conntrail::netstat::test {
namespace {

constexpr std::string_view kTitle =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

TitledTable routes_table(std::string_view title = kTitle) {
  auto table = TitledTable::from_title_line(title, route_fields());
  if (!table) throw std::runtime_error("no table: " + std::string(table.error()));
  return *table;
}

TEST(TitledTable, NeedsItsTitlesInTheirOrder) {
  EXPECT_EQ(TitledTable::from_title_line("Iface Gateway Destination\n", route_fields()).error(), "Gateway");
  EXPECT_EQ(TitledTable::from_title_line("", route_fields()).error(), "Iface");
  EXPECT_EQ(TitledTable::from_title_line("iface\n", route_fields()).error(), "Iface");
  EXPECT_EQ(TitledTable::from_title_line(kTitle.substr(0, kTitle.size() - 2), route_fields()).error(),
            "IRTT");
}

TEST(TitledTable, StepsOverColumnsItDoesNotKnow) {
  static constexpr std::array kFields{TitledField{"A", FieldKind::device},
                                      TitledField{"B", FieldKind::decimal}};
  const auto table = TitledTable::from_title_line("X|A Y|B Z", kFields);
  ASSERT_TRUE(table);
  std::array<FieldValue, 2> values{};
  EXPECT_EQ(table->scan("x eth0 y -3 z", values), 2U);
  EXPECT_EQ(values[0].text, "eth0");
  EXPECT_EQ(values[1].decimal(), -3);
  EXPECT_EQ(table->scan("x eth0", values), 1U);
  EXPECT_EQ(table->scan("", values), 0U);
}

TEST(LineScanner, HexadecimalNumbersHaveALimit) {
  std::uint32_t value = 0;
  LineScanner scanner("  1234567 0x12 zz");
  EXPECT_TRUE(scanner.hex(value, 4));
  EXPECT_EQ(value, 0x1234U);
  EXPECT_TRUE(scanner.hex(value, 2));
  EXPECT_EQ(value, 0x56U);
  EXPECT_TRUE(scanner.hex(value, 8));
  EXPECT_EQ(value, 7U);
  EXPECT_TRUE(scanner.hex(value, 4));
  EXPECT_EQ(value, 0x12U);
  EXPECT_FALSE(scanner.hex(value, 4));
}

TEST(RouteAddress, HasEightDigits) {
  IpAddress address;
  ASSERT_TRUE(parse_route_address("010200C0", address));
  EXPECT_EQ(address, IpAddress::v4({192, 0, 2, 1}));
  EXPECT_TRUE(parse_route_address("010200C0ff", address));
  for (const char* text : {"", "0102", "0x0200C0", "-10200C0", "zz", "0102 0C0"}) {
    EXPECT_FALSE(parse_route_address(text, address)) << text;
  }
}

TEST(RouteAddress, CutsBetweenCharacters) {
  EXPECT_EQ(cut_text("abc", 3), "abc");
  EXPECT_EQ(cut_text("abcd", 3), "abc");
  EXPECT_EQ(cut_text("ab\xc3\xa4", 3), "ab");
  EXPECT_EQ(cut_text("ab\xc3\xa4", 4), "ab\xc3\xa4");
}

TEST(Ipv4Route, IsTakenFromItsLine) {
  Ipv4Route route;
  ASSERT_EQ(
      parse_ipv4_route("eth0\t000200C0\t010200C0\t0003\t1\t2\t3\t00FFFFFF\t4\t5\t6\n", routes_table(), route),
      RouteLine::route);
  EXPECT_EQ(route.device, "eth0");
  EXPECT_EQ(route.destination, IpAddress::v4({192, 0, 2, 0}));
  EXPECT_EQ(route.gateway, IpAddress::v4({192, 0, 2, 1}));
  EXPECT_EQ(route.mask, IpAddress::v4({255, 255, 255, 0}));
  EXPECT_EQ(route.flags, 3U);
  EXPECT_EQ(route.references, 1);
  EXPECT_EQ(route.uses, 2);
  EXPECT_EQ(route.metric, 3);
  EXPECT_EQ(route.mtu, 4);
  EXPECT_EQ(route.window, 5);
  EXPECT_EQ(route.irtt, 6);
}

TEST(Ipv4Route, OddLinesAreJudged) {
  const TitledTable table = routes_table();
  const auto judged = [&](std::string_view line) {
    Ipv4Route route;
    return parse_ipv4_route(line, table, route);
  };
  EXPECT_EQ(judged(""), RouteLine::skipped);
  EXPECT_EQ(judged("\n"), RouteLine::skipped);
  EXPECT_EQ(judged("eth0 000200C0 010200C0 0002 1 2 3 00FFFFFF 4 5 6"), RouteLine::skipped);  // not up
  EXPECT_EQ(judged("eth0 000200C0 010200C0 0003 1 2 3 00FFFFFF 4"), RouteLine::skipped);
  EXPECT_EQ(judged("eth0 000200C0 010200C0 0003 1 2 3 00FFFFFF 4 5"), RouteLine::route);
  EXPECT_EQ(judged("eth0 zz 010200C0 0003 1 2 3 00FFFFFF 4 5 6"), RouteLine::bogus);
  EXPECT_EQ(judged("eth0 000200C0 0102 0003 1 2 3 00FFFFFF 4 5 6"), RouteLine::bogus);
  EXPECT_EQ(judged("eth0 000200C0 010200C0 0003 1 2 3 - 4 5 6"), RouteLine::bogus);
}

TEST(Ipv4Route, RowsOfEveryLayout) {
  FakeNames names;
  names.networks[IpAddress::v4({10, 1, 0, 0})] = "a-network-with-a-name";
  names.hosts[IpAddress::v4({10, 1, 0, 0})] = "a-host";
  Ipv4Route route{.device = "fifteen-letters",
                  .destination = IpAddress::v4({10, 1}),
                  .gateway = IpAddress::v4({10, 1}),
                  .mask = IpAddress::v4({255, 255}),
                  .flags = 3,
                  .references = 1,
                  .uses = 2,
                  .metric = 3,
                  .mtu = 4,
                  .window = 5,
                  .irtt = 6};
  const auto row = [&](int extend, bool numeric) {
    std::string text;
    append_ipv4_route(text, route, route_columns(extend), numeric, names);
    return text;
  };
  EXPECT_EQ(row(0, true),
            "10.1.0.0        10.1.0.0        255.255.0.0     UG        4 5          6 fifteen-letters\n");
  EXPECT_EQ(row(0, false),
            "a-network-with- a-host          255.255.0.0     UG        4 5          6 fifteen-letters\n");
  EXPECT_EQ(row(1, true),
            "10.1.0.0        10.1.0.0        255.255.0.0     UG    3      1        2 fifteen-letters\n");
  EXPECT_EQ(
      row(2, true),
      "10.1.0.0        10.1.0.0        255.255.0.0     UG    3      1        2 fiftee   4     5      6\n");
  EXPECT_EQ(row(3, true), "");
  route.flags = 0x205;
  EXPECT_EQ(row(0, false), "a-host          -               255.255.0.0     !H        - -          - -\n");
  EXPECT_EQ(row(1, true), "10.1.0.0        -               255.255.0.0     !H    3      -        2 -\n");
  EXPECT_EQ(
      row(2, true),
      "10.1.0.0        -               255.255.0.0     !H    3      -        2 -        -     -      -\n");
  route.destination = IpAddress::v4({});
  EXPECT_EQ(row(0, false).substr(0, 16), "0.0.0.0         ");  // not the default: it has a mask
  route.mask = IpAddress::v4({});
  EXPECT_EQ(row(0, false).substr(0, 16), "default         ");
  EXPECT_EQ(row(0, true).substr(0, 16), "0.0.0.0         ");
}

TEST(Ipv4Route, ColumnsByTheNumberOfE) {
  EXPECT_EQ(route_columns(0), RouteColumns::mss);
  EXPECT_EQ(route_columns(1), RouteColumns::metric);
  EXPECT_EQ(route_columns(2), RouteColumns::metric_and_mss);
  EXPECT_EQ(route_columns(3), RouteColumns::nothing);
  EXPECT_EQ(route_columns(4), RouteColumns::metric);
  EXPECT_EQ(route_columns(5), RouteColumns::mss);
}

TEST(Ipv4Route, MasksWithHolesHaveNoPrefixLength) {
  Ipv4Route route;
  route.mask = IpAddress::v4({255, 255, 255, 128});
  EXPECT_EQ(ipv4_route_record(route).prefix_length, 25);
  route.mask = IpAddress::v4({255, 0, 255});
  EXPECT_FALSE(ipv4_route_record(route).prefix_length);
  route.mask = IpAddress::v4({});
  EXPECT_EQ(ipv4_route_record(route).prefix_length, 0);
}

TEST(RouteFlags, LettersOfEveryTable) {
  EXPECT_EQ(ipv4_route_letters(0xFFFFFDFF), "UGHRDMdacoecfpluwin");
  EXPECT_EQ(ipv4_route_letters(0xFFFFFFFF), "!HRDMdacoecfpluwin");
  EXPECT_EQ(ipv4_cache_letters(0xFFFFFFFF, false), "!RDM-ondtfqNsriNdbm#l");
  EXPECT_EQ(ipv4_cache_letters(7, true), "UHG");
  EXPECT_EQ(ipv6_route_letters(0xFFFFFFFF), "U!GHDACaemnf");
  EXPECT_EQ(appletalk_route_letters(0x207), "UG!H");
  EXPECT_EQ(ipv4_route_letters(0), "");
  EXPECT_EQ(route_flag_names(0x80000003), (std::vector<std::string_view>{"up", "gateway", "local"}));
}

TEST(Ipv4Cache, LayoutsAreToldByTheirTitles) {
  EXPECT_EQ(judge_cache_title("IRTT TOS HHRef HHUptod SpecDst").layout, CacheLayout::modern);
  EXPECT_EQ(judge_cache_title("IRTT HH ARP").layout, CacheLayout::old);
  EXPECT_EQ(judge_cache_title("").layout, CacheLayout::other);
  EXPECT_EQ(judge_cache_title("IRTT TOS").columns_seen, 3);
  EXPECT_FALSE(judge_cache_title("IRTT").expected);
}

constexpr std::string_view kRoute6 =
    "fd010000000000000000000000000001 40 fd020000000000000000000000000002 41 "
    "fd030000000000000000000000000003 "
    "00000100 00000004 00000005 00000003     eth0\n";

TEST(Ipv6Route, IsTakenFromItsLine) {
  const auto route = parse_ipv6_route(kRoute6);
  ASSERT_TRUE(route);
  EXPECT_EQ(route->destination, IpAddress::v6({0xfd, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(route->prefix_length, 64U);
  EXPECT_EQ(route->source_prefix_length, 65U);
  EXPECT_EQ(route->metric, 256U);
  EXPECT_EQ(route->references, 4U);
  EXPECT_EQ(route->uses, 5U);
  EXPECT_EQ(route->device, "eth0");
  FakeNames names;
  std::string row;
  append_ipv6_route(row, *route, true, names);
  EXPECT_EQ(row, "fd01::1/64                     fd03::3                    UG   256 4      5 eth0\n");
}

TEST(Ipv6Route, EveryTruncationIsNoRoute) {
  const std::string_view whole = kRoute6.substr(0, kRoute6.find("eth0"));
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    EXPECT_FALSE(parse_ipv6_route(whole.substr(0, length))) << length;
  }
  std::string damaged(kRoute6);
  for (const std::size_t at : {0U, 36U, 72U, 105U, 114U, 123U, 132U}) {
    std::string line = damaged;
    line[at] = 'z';
    EXPECT_FALSE(parse_ipv6_route(line)) << at;
  }
}

TEST(Neighbour, RowsAndTruncations) {
  constexpr std::string_view kLine =
      "fd000000000000000000000000000001 02 40 06 02 00000009 00000100 00000800 0470 0000 0081     eth0 "
      "0011223344aa";
  const auto neighbour = parse_neighbour(kLine);
  ASSERT_TRUE(neighbour);
  FakeNames names;
  std::string row;
  append_neighbour(row, *neighbour, true, true, names);
  EXPECT_EQ(row,
            "fd00::1/64                                  00:11:22:33:44:aa eth0     R     0   REACHABLE      "
            "  17     "
            "    8       \n");
  for (std::size_t length = 0; length + 1 < kLine.size(); ++length) {
    EXPECT_FALSE(parse_neighbour(kLine.substr(0, length))) << length;
  }
}

TEST(RadioRoutes, DamagedLinesAreNone) {
  RadioNeighbours neighbours;
  for (const char* line : {"", "\n", "x", "short\n", "  \t \n"}) {
    EXPECT_FALSE(parse_ax25_route(line)) << line;
    EXPECT_FALSE(take_radio_neighbour(line, neighbours)) << line;
    EXPECT_FALSE(parse_netrom_node(line)) << line;
    EXPECT_FALSE(parse_rose_node(line)) << line;
    EXPECT_FALSE(parse_x25_route(line)) << line;
    EXPECT_FALSE(parse_ipx_route(line)) << line;
    EXPECT_FALSE(parse_appletalk_route(line)) << line;
  }
  EXPECT_FALSE(take_radio_neighbour("zz A B\n", neighbours));
  EXPECT_FALSE(parse_netrom_node("DL1ABC-1  MNEMO    0 1  192   6 00001\n"));
  EXPECT_FALSE(parse_netrom_node("DL1ABC-1  MNEMO    -1 1  192   6 00001\n"));
  EXPECT_FALSE(parse_netrom_node("DL1ABC-1  MNEMO    1 1  x   6 00001\n"));
  EXPECT_FALSE(parse_rose_node("2080175524 0010 -1 00001\n"));
  EXPECT_FALSE(parse_x25_route("123 -1 x25\n"));
  EXPECT_TRUE(neighbours.empty());
}

TEST(RadioRoutes, CountsBeyondTheLineAreHarmless) {
  const auto node = parse_netrom_node("DL1ABC-1  MNEMO    2147483647 9  192   6 00001\n");
  ASSERT_TRUE(node);
  EXPECT_FALSE(node->quality);
  const auto rose = parse_rose_node("2080175524 0010 2147483647 00001\n");
  ASSERT_TRUE(rose);
  EXPECT_EQ(rose->neighbours.size(), 1U);
}

TEST(LegacyRoutes, IpxNetworksAndNodes) {
  const auto route = parse_ipx_route("123456789 ffffffff 1a2b3c4d5e6f7\n");
  ASSERT_TRUE(route);
  EXPECT_EQ(route->network, "23456789");
  EXPECT_EQ(route->router_network, "");
  EXPECT_EQ(route->router_node, "1A2B3C4D5E6F");
}

TEST(RouteTables, EndAtAFamilyWithoutRoutes) {
  Options options;
  EXPECT_EQ(make_route_tables(options).tables.size(), 1U);
  options.cache = true;
  options.fib = true;
  options.families.names = "inet,inet6,ax25";
  EXPECT_EQ(make_route_tables(options).tables.size(), 5U);
  options.families.names = "ax25,unix,inet";
  const RouteTables wanted = make_route_tables(options);
  EXPECT_EQ(wanted.tables.size(), 1U);
  EXPECT_EQ(wanted.refusal, "No routing for address family `unix'.\n");
}

}  // namespace
}  // namespace conntrail::netstat::test
