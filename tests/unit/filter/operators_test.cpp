// Every comparison in every spelling, on ports, numbers and lengths of time.
#include "fixture.h"

namespace conntrail::filter::test {
namespace {

struct Case {
  std::vector<std::string> spellings;
  bool below, same, above;  // does `value OP 443` hold for a value below, at and above 443
};

const std::vector<Case> kCases{
    {{"=", "==", "eq", "EQ"}, false, true, false},
    {{"!=", "ne", "neq"}, true, false, true},
    {{">", "gt"}, false, false, true},
    {{"<", "lt"}, true, false, false},
    {{">=", "ge", "geq"}, false, true, true},
    {{"<=", "le", "leq"}, true, true, false},
};

TEST(Operators, ports) {
  for (const Case& op : kCases) {
    for (const std::string& spelling : op.spellings) {
      for (const std::string value : {":443", "443", "https", ":https", "*:443", "inet::443"}) {
        for (const auto& [port, expected] : {std::pair{442, op.below}, {443, op.same}, {444, op.above}}) {
          Connection c = web();
          c.tuple.local.port = static_cast<std::uint16_t>(port);
          EXPECT_EQ(holds("sport " + spelling + " " + value, c), expected) << spelling << value << port;
          std::swap(c.tuple.local, c.tuple.remote);
          EXPECT_EQ(holds("dport " + spelling + " " + value, c), expected) << spelling << value << port;
        }
      }
    }
  }
}

TEST(Operators, numbers) {
  for (const Case& op : kCases) {
    for (const std::string& spelling : op.spellings) {
      for (const auto& [value, expected] : {std::pair{442U, op.below}, {443U, op.same}, {444U, op.above}}) {
        Connection c = web();
        c.holders.clear();
        c.owner.pid = c.owner.uid = c.retransmits = c.receive_queue = c.send_queue = value;
        for (const std::string field : {"pid ", "uid ", "retransmits ", "recvq ", "sendq "})
          EXPECT_EQ(holds(field + spelling + " 443", c), expected) << field << spelling << value;
      }
    }
  }
}

TEST(Operators, WhatHasEndedHasNoQueues) {
  Connection c = web();
  c.receive_queue = c.send_queue = 5;
  c.ended = false;
  EXPECT_TRUE(holds("recvq > 0 and sendq > 0", c));
  c.ended = true;
  EXPECT_FALSE(holds("recvq >= 0 or sendq >= 0", c));
}

TEST(Operators, durations) {
  for (const Case& op : kCases) {
    for (const std::string& spelling : op.spellings) {
      if (op.same != op.below && op.same != op.above) {  // = and !=
        EXPECT_NE(error_of("age " + spelling + " 443ms"), "");
        continue;
      }
      for (const auto& [ms, expected] : {std::pair{442, op.below}, {443, op.same}, {444, op.above}}) {
        Connection c = web();
        c.state_since = c.opened = kNow - std::chrono::milliseconds(ms);
        EXPECT_EQ(holds("age " + spelling + " 443ms", c), expected) << spelling << ms;
        EXPECT_EQ(holds("duration " + spelling + " 0.443s", c), expected) << spelling << ms;
      }
    }
  }
}

TEST(Operators, no_operator_means_equal) {
  EXPECT_TRUE(holds("sport 443"));
  EXPECT_TRUE(holds("sport :https"));
  EXPECT_FALSE(holds("sport 444"));
  EXPECT_TRUE(holds("dst 10.1.2.3"));
  EXPECT_TRUE(holds("pid 812"));
  EXPECT_TRUE(holds("comm nginx"));
}

TEST(Operators, need_no_blanks) {
  EXPECT_TRUE(holds("sport=:443"));
  EXPECT_TRUE(holds("(sport>=:443)&&!(dport<:1024)"));
  EXPECT_TRUE(holds("sport!=:22|sport=:22"));
}

// Port 0 is "none" or "not known": it lies in no range, but a set without it is no set with it.
TEST(Operators, port_zero_lies_in_no_range) {
  Connection listener = web();
  listener.tuple.remote = endpoint("0.0.0.0", 0);
  EXPECT_FALSE(holds("dport < :1024", listener));
  EXPECT_FALSE(holds("dport <= :1024", listener));
  EXPECT_FALSE(holds("dport >= :0", listener));
  EXPECT_FALSE(holds("dport < :0", listener));
  EXPECT_TRUE(holds("dport = :0", listener));
  EXPECT_TRUE(holds("dport != :22", listener));
}

TEST(Operators, borders_of_the_port_range) {
  Connection c = web();
  c.tuple.local.port = 65535;
  EXPECT_TRUE(holds("sport >= 65535", c));
  EXPECT_FALSE(holds("sport > 65535", c));
  EXPECT_TRUE(holds("not sport > 65535", c));
  EXPECT_FALSE(holds("sport < 1", c));
}

}  // namespace
}  // namespace conntrail::filter::test
