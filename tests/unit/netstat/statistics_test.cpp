// Counters of netstat -s: lines, labels and text.
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "statistics/statistics_file.h"
#include "statistics/statistics_labels.h"
#include "statistics/statistics_lines.h"
#include "statistics/statistics_text.h"

namespace conntrail::netstat {
namespace {

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

TEST(CounterGroup, PairsNamesWithValues) {
  const auto group = parse_counter_group("Tcp: MaxConn InSegs OutSegs\n", "Tcp: -1 7 18446744073709551615\n");
  ASSERT_TRUE(group);
  EXPECT_EQ(group->section, "Tcp");
  EXPECT_TRUE(group->same_section);
  ASSERT_EQ(group->counters.size(), 3U);
  EXPECT_EQ(group->counters[0].name, "MaxConn");
  EXPECT_TRUE(group->counters[0].negative);
  EXPECT_EQ(group->counters[0].value, kLargest);
  EXPECT_EQ(group->counters[1].value, 7U);
  EXPECT_FALSE(group->counters[1].negative);
  EXPECT_EQ(group->counters[2].value, kLargest);
  EXPECT_TRUE(group->counters[2].given);
}

TEST(CounterGroup, WhatIsNoNumberGivesNoValueToTheRest) {
  const auto group = parse_counter_group("Ip: A B C\n", "Ip: 4 x 6\n");
  ASSERT_TRUE(group);
  EXPECT_TRUE(group->counters[0].given);
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_FALSE(group->counters[i].given);
    EXPECT_EQ(group->counters[i].value, 0U);
  }
}

TEST(CounterGroup, FewerAndMoreValuesThanNames) {
  const auto fewer = parse_counter_group("Ip: A B\n", "Ip: 4\n");
  ASSERT_TRUE(fewer);
  EXPECT_FALSE(fewer->counters[1].given);
  const auto more = parse_counter_group("Ip: A\n", "Ip: 4 5 6\n");
  ASSERT_TRUE(more);
  EXPECT_EQ(more->counters.size(), 1U);
}

TEST(CounterGroup, ANumberThatRunsIntoTextIsNotGiven) {
  const auto group = parse_counter_group("Ip: A\n", "Ip: 5z\n");
  ASSERT_TRUE(group);
  EXPECT_EQ(group->counters[0].value, 5U);
  EXPECT_FALSE(group->counters[0].given);
}

TEST(CounterGroup, NeedsBothColons) {
  EXPECT_FALSE(parse_counter_group("Ip A\n", "Ip: 1\n"));
  EXPECT_FALSE(parse_counter_group("Ip: A\n", "Ip 1\n"));
  EXPECT_FALSE(parse_counter_group("", ""));
  EXPECT_FALSE(parse_counter_group("Ip\0: A\n", "Ip: 1\n"));
}

TEST(CounterGroup, SaysWhenTheLinesDoNotBelongTogether) {
  const auto group = parse_counter_group("Ip: A\n", "Tcp: 1\n");
  ASSERT_TRUE(group);
  EXPECT_FALSE(group->same_section);
}

TEST(Counter6Line, HasANameAndANumber) {
  const auto counter = parse_counter6_line("Ip6InReceives                   \t4711\n");
  ASSERT_TRUE(counter);
  EXPECT_EQ(counter->name, "Ip6InReceives");
  EXPECT_EQ(counter->value, 4711U);
  EXPECT_EQ(counter6_section(counter->name), "Ip6");
  EXPECT_EQ(counter6_section("UdpLite6NoPorts"), "UdpLite6");
  EXPECT_EQ(counter6_section("NoFamily"), "NoFamily");
  for (const char* line : {"", "\n", "Ip6InReceives\n", "Ip6InReceives x\n", "Ip6InReceives -\n", "   \n"}) {
    EXPECT_FALSE(parse_counter6_line(line)) << line;
  }
}

TEST(SctpCounterLine, NeedsSomethingBehindTheName) {
  EXPECT_EQ(parse_sctp_counter_line("SctpCurrEstab  \t3\n")->value, 3U);
  EXPECT_FALSE(parse_sctp_counter_line("SctpCurrEstab\n"));
  EXPECT_FALSE(parse_sctp_counter_line("SctpCurrEstab  \n"));
  EXPECT_FALSE(parse_sctp_counter_line("SctpCurrEstab x\n")->given);
}

TEST(CounterFile, LinesAreTakenOffOneByOne) {
  std::string_view rest = "one\n\nthree and more";
  EXPECT_EQ(take_line(rest), "one\n");
  EXPECT_EQ(take_line(rest), "\n");
  EXPECT_EQ(take_line(rest, 5), "three");
  EXPECT_EQ(take_line(rest), " and more");
  EXPECT_TRUE(rest.empty());
  EXPECT_FALSE(read_counter_file("/no/such/file"));
  EXPECT_NE(read_counter_file("/")->read_error, 0);
}

TEST(CounterLabels, BelongToTheirSection) {
  const CounterSection* tcp = find_counter_section(CounterFamily::inet, "Tcp");
  ASSERT_NE(tcp, nullptr);
  EXPECT_NE(tcp->find("ActiveOpens"), nullptr);
  EXPECT_EQ(tcp->find("InReceives"), nullptr);
  EXPECT_EQ(find_counter_section(CounterFamily::inet, "Ip6"), nullptr);
  EXPECT_EQ(find_counter_section(CounterFamily::inet6, "Tcp"), nullptr);
}

TEST(StatisticsText, HistogramsIndentWhatFollowsUntilAKnownSection) {
  std::string out;
  StatisticsText text(out);
  text.begin_section("Icmp", find_counter_section(CounterFamily::inet, "Icmp"));
  text.add({"InMsgs", 3, true, false});
  text.add({"InEchos", 0, true, false});
  text.add({"OutEchos", 2, true, false});
  text.begin_section("IcmpMsg", nullptr);
  text.add({"InType3", 1, true, false});
  text.add({"InType8", 0, true, false});
  text.begin_section("Udp", find_counter_section(CounterFamily::inet, "Udp"));
  text.add({"MemErrors", 4, true, false});
  EXPECT_EQ(out,
            "Icmp:\n    3 ICMP messages received\n    ICMP input histogram:\n        ICMP output histogram:\n"
            "        echo requests: 2\nIcmpMsg:\n        InType3: 1\nUdp:\n    MemErrors: 4\n");
}

}  // namespace
}  // namespace conntrail::netstat
