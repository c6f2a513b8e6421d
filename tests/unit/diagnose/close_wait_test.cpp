// Topic close-wait: a leak, and what only looks like one.
#include <gtest/gtest.h>

#include "scenarios.h"

namespace conntrail::diagnose {
namespace {

using namespace test;

std::vector<Finding> diagnose(const World& world) { return run(world.evidence(), find_topic("close-wait")); }

void add_close_wait(World& world, std::size_t count, double since_s,
                    const Process& process = {900, "leaky"}) {
  for (std::size_t i = 0; i < count; ++i) {
    Connection& c = world.passive(process, 9000, kThere, static_cast<std::uint16_t>(30000 + i));
    establish(c, since_s - 1, since_s - 0.9);
    leave_in_close_wait(c, since_s);
  }
}

TEST(CloseWait, ALeakNamesItsProcessNumberAndAge) {
  const World world = leaking_server();
  const auto findings = diagnose(world);
  const Finding* leak = find(findings, "close-wait-leak");
  ASSERT_NE(leak, nullptr);
  EXPECT_EQ(leak->severity, Severity::critical);  // 20 a second: 1024 descriptors are gone within the minute
  EXPECT_EQ(word(*leak, "comm"), "leaky");
  EXPECT_EQ(number(*leak, "pid"), 900);
  EXPECT_EQ(number(*leak, "close_wait"), 200);
  EXPECT_EQ(number(*leak, "came"), 200);
  EXPECT_NEAR(number(*leak, "growth_per_s"), 18.2, 0.1);  // 91 in the newer half
  EXPECT_NEAR(number(*leak, "oldest_s"), 9.9, 0.01);
  EXPECT_NE(leak->summary.find("leaky/900"), std::string::npos) << leak->summary;
}

TEST(CloseWait, AHandfulOfYoungOnesIsNoLeak) {
  World world;
  add_close_wait(world, 9, 9.5);
  const auto findings = diagnose(world);
  ASSERT_NE(find(findings, "close-wait"), nullptr);
  EXPECT_EQ(find(findings, "close-wait-leak"), nullptr);
}

TEST(CloseWait, ManyOldOnesAreALeakAlsoWithoutGrowth) {
  World world;
  add_close_wait(world, 10, -3600);
  const auto findings = diagnose(world);
  const Finding* leak = find(findings, "close-wait-leak");
  ASSERT_NE(leak, nullptr);
  EXPECT_EQ(leak->severity, Severity::warning);
  EXPECT_EQ(number(*leak, "growth_per_s"), 0);
  EXPECT_NEAR(number(*leak, "oldest_s"), 3610, 1);
}

TEST(CloseWait, ABurstThatIsOverForetellsNothing) {
  for (const double since_s : {1.0, 6.0}) {  // of ten: in the older half, and in the newer one
    World world;
    add_close_wait(world, 190, since_s);
    const auto findings = diagnose(world);
    const Finding* leak = find(findings, "close-wait-leak");
    ASSERT_NE(leak, nullptr);
    EXPECT_EQ(leak->severity, Severity::warning);
    EXPECT_EQ(number(*leak, "growth_per_s"), 0);
    EXPECT_EQ(leak->summary.find("more come"), std::string::npos) << leak->summary;
  }
}

// What waits for accept() has no descriptor that somebody forgot to close.
TEST(CloseWait, ThoseThatNobodyHasAcceptedAreNotALeak) {
  for (const bool accepted : {false, true}) {
    World world;
    world.listener({900, "hung"}, 9000, 128);
    world.queue(9000, 15, accepted ? 0 : 15);
    for (std::size_t i = 0; i < 15; ++i) {
      Connection& c = world.passive({900, "hung"}, 9000, kThere, static_cast<std::uint16_t>(30000 + i));
      establish(c, 0.1, 0.2);
      leave_in_close_wait(c, 1);
      c.owner.source = OwnerSource::inherited;  // and no look at the table has shown an inode
    }
    EXPECT_EQ(find(diagnose(world), "close-wait-leak") != nullptr, accepted);
  }
}

TEST(CloseWait, AFewOfOverAMinuteAreALeak) {
  World world;
  add_close_wait(world, 3, -120);
  EXPECT_EQ(complaints(diagnose(world)).size(), 1U);
}

TEST(CloseWait, YoungOnesOfAProcessThatClosesNoneAreALeak) {
  World world(3);
  for (int i = 0; i < 20; ++i) add_close_wait(world, 1, 0.1 + 0.1 * i);
  EXPECT_EQ(complaints(diagnose(world)).size(), 1U);
  Connection& closed = world.passive({900, "leaky"}, 9000, kThere, 20000);  // it does close
  establish(closed, 0.5, 0.6);
  close_second(closed, 0.7);
  EXPECT_TRUE(complaints(diagnose(world)).empty());
}

TEST(CloseWait, ThoseFoundByASnapshotAreAtLeastAsOldAsTheInterval) {
  World world;
  for (std::size_t i = 0; i < 12; ++i) {
    Connection& c = world.passive({900, "leaky"}, 9000, kThere, static_cast<std::uint16_t>(30000 + i));
    c.existed_before = true;
    c.state = TcpState::close_wait;
    c.trail = {{TcpState::close_wait, {}, {}}};
  }
  const auto findings = diagnose(world);
  const Finding* leak = find(findings, "close-wait-leak");
  ASSERT_NE(leak, nullptr);
  EXPECT_EQ(number(*leak, "growth_per_s"), 0);
  EXPECT_NE(leak->summary.find("at least 10.0s"), std::string::npos) << leak->summary;
}

TEST(CloseWait, ABusyServerThatClosesIsNotMentionedAsLeaking) {
  World world;
  for (std::size_t i = 0; i < 5000; ++i) {
    const double begin = static_cast<double>(i) * 0.002;
    Connection& c = world.passive(kServer, 80, kThere, static_cast<std::uint16_t>(20000 + i));
    establish(c, begin, begin);
    leave_in_close_wait(c, begin);
    if (begin < 9.9) close_second(c, begin + 0.05);
  }
  EXPECT_TRUE(complaints(diagnose(world)).empty());
}

TEST(CloseWait, HalfClosedAndStillAnsweredIsNoLeak) {
  World world;
  for (std::size_t i = 0; i < 12; ++i) {
    Connection& c = world.passive({900, "asyncio"}, 9000, kThere, static_cast<std::uint16_t>(30000 + i));
    establish(c, -20, -19.9);
    leave_in_close_wait(c, -19);
    world.watch(c, {{}, {}, at(9)});
  }
  EXPECT_TRUE(diagnose(world).empty());
  add_close_wait(world, 12, -19);  // beside a real leak
  const auto findings = diagnose(world);
  const Finding* leak = find(findings, "close-wait-leak");
  ASSERT_NE(leak, nullptr);
  EXPECT_EQ(number(*leak, "close_wait"), 12);
}

TEST(CloseWait, ServicesThatShareAnInterpreterAreToldApart) {
  World world;
  for (std::size_t i = 0; i < 15; ++i) {
    for (std::uint16_t which = 0; which < 2; ++which) {
      Connection& c =
          world.passive({13585U + which * 2U, "python3"}, static_cast<std::uint16_t>(9101 + which), kThere,
                        static_cast<std::uint16_t>(30000 + i));
      establish(c, -20, -19.9);
      leave_in_close_wait(c, -19);
    }
  }
  const auto findings = diagnose(world);
  ASSERT_EQ(findings.size(), 2U);
  for (const Finding& finding : findings) {
    EXPECT_EQ(number(finding, "close_wait"), 15);
    ASSERT_EQ(finding.evidence.rows.size(), 1U);
    EXPECT_EQ(std::get<MonoTime>(finding.evidence.rows[0][3]), at(-19));
  }
  EXPECT_EQ(number(findings[0], "pid") + number(findings[1], "pid"), 13585 + 13587);
}

TEST(CloseWait, WorkersOfOneServiceAreOneFindingWithTheirPids) {
  World world;
  for (std::uint32_t worker = 0; worker < 5; ++worker) {
    for (std::size_t i = 0; i < 4; ++i) {
      Connection& c = world.passive({100 + worker, "worker"}, 9000, kThere,
                                    static_cast<std::uint16_t>(30000 + worker * 10 + i));
      establish(c, -20, -19.9);
      leave_in_close_wait(c, -19);
    }
  }
  const auto findings = diagnose(world);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(number(findings[0], "close_wait"), 20);
  EXPECT_NE(findings[0].summary.find("worker/100, worker/101, worker/102 and 2 more"), std::string::npos)
      << findings[0].summary;
  EXPECT_EQ(findings[0].evidence.rows.size(), 5U);
}

TEST(CloseWait, TwoLeakingProgramsAreTwoFindingsTheWorseFirst) {
  World world;
  add_close_wait(world, 20, -100, {901, "small"});
  add_close_wait(world, 40, -100, {902, "large"});
  const auto findings = diagnose(world);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(word(findings[0], "comm"), "large");
  EXPECT_EQ(word(findings[1], "comm"), "small");
}

}  // namespace
}  // namespace conntrail::diagnose
