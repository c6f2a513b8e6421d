// Topic queues: data that nobody reads, and what only looks like it.
#include <gtest/gtest.h>

#include "scenarios.h"

namespace conntrail::diagnose {
namespace {

using namespace test;

std::vector<Finding> diagnose(const World& world) { return run(world.evidence(), find_topic("queues")); }

Connection& reader(World& world, std::uint32_t octets) {
  Connection& c = world.passive(kServer, 9000, kThere, 30000);
  establish(c, -5, -4.9);
  c.receive_queue = octets;
  return c;
}

Connection& sender(World& world, std::uint32_t octets) {
  Connection& c = world.active(kClient, 30000, kHere, 9000, kThere);
  establish(c, -5, -4.9);
  c.send_queue = octets;
  return c;
}

TEST(Queues, UnreadDataNamesWhoDoesNotReadAndWhoWaits) {
  World world;
  world.watch(reader(world, 120312), {at(0.1), {}, {}});
  world.watch(sender(world, 40792), {{}, at(0.1), {}});
  const auto findings = diagnose(world);
  ASSERT_EQ(findings.size(), 1U) << "both ends are one trouble";
  const Finding& unread = findings[0];
  EXPECT_EQ(unread.id, "unread");
  EXPECT_EQ(unread.severity, Severity::warning);
  EXPECT_EQ(word(unread, "comm"), "webserver");
  EXPECT_EQ(number(unread, "receive_queue"), 120312);
  EXPECT_EQ(number(unread, "send_queue"), 40792);
  EXPECT_NE(unread.summary.find("loadgen/812"), std::string::npos) << unread.summary;
}

TEST(Queues, AQueueThatDrainsIsNotReported) {
  World world;
  world.watch(reader(world, 120312), {at(9.5), {}, {}});
  world.watch(sender(world, 40792), {{}, at(9.5), {}});
  EXPECT_TRUE(diagnose(world).empty());
  World unwatched;
  reader(unwatched, 120312);
  EXPECT_TRUE(diagnose(unwatched).empty());
}

TEST(Queues, AFewOctetsThatNobodyNeedsAreNoTrouble) {
  World world;
  world.watch(reader(world, 31), {at(0.1), {}, {}});  // a TLS alert on an idle connection
  const auto findings = diagnose(world);
  EXPECT_TRUE(complaints(findings).empty());
}

TEST(Queues, UnsentDataToAnotherHostNamesItsAddress) {
  World world;
  Connection& c = world.active(kClient, 30000, kThere, 9000);
  establish(c, -5, -4.9);
  c.send_queue = 40792;
  world.watch(c, {{}, at(0.1), {}});
  const auto findings = diagnose(world);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].id, "unsent");
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(word(findings[0], "remote_addr"), kThere);
  EXPECT_NE(findings[0].summary.find("does not read"), std::string::npos) << findings[0].summary;
  c.marks.push_back({MarkKind::retransmit, at(3), 0, 0});
  EXPECT_NE(diagnose(world)[0].summary.find("not acknowledged"), std::string::npos);
}

}  // namespace
}  // namespace conntrail::diagnose
