// Topic listen: full accept queues, their cap, half-open connections.
#include <gtest/gtest.h>

#include "scenarios.h"

namespace conntrail::diagnose {
namespace {

using namespace test;

std::vector<Finding> diagnose(const World& world) { return run(world.evidence(), find_topic("listen")); }

bool advises(const Finding& finding, std::string_view command) {
  for (const Advice& advice : finding.advice) {
    if (advice.command.find(command) != std::string::npos) return true;
  }
  return false;
}

TEST(Listen, AnOverflowNamesListenerProcessAndBacklog) {
  const auto findings = diagnose(overflowing_listener());
  const Finding* overflow = find(findings, "accept-queue-overflow");
  ASSERT_NE(overflow, nullptr);
  EXPECT_EQ(overflow->severity, Severity::critical);
  EXPECT_EQ(word(*overflow, "comm"), "slowpoke");
  EXPECT_EQ(number(*overflow, "local_port"), 9001);
  EXPECT_EQ(number(*overflow, "backlog"), 4);
  EXPECT_EQ(number(*overflow, "drops"), 120);  // across the wrap of the counter
  EXPECT_EQ(number(*overflow, "listen_overflows"), 120);
  EXPECT_TRUE(advises(*overflow, "listen(fd"));
  EXPECT_FALSE(advises(*overflow, "somaxconn"));
  EXPECT_EQ(find(findings, "syn-queue"), nullptr);  // the same cause
  EXPECT_NE(overflow->summary.find("is full: 5 connections wait for accept()"), std::string::npos)
      << overflow->summary;
}

TEST(Listen, TheCapOfTheKernelIsToldFromTheProgramsOwnArgument) {
  World world;
  world.set("sysctl.somaxconn", 128);
  world.listener(kServer, 80, 128);
  world.queue(80, 129, 129, 0, 40);
  // Some are accepted: it is slow, and does not hang.
  for (std::uint16_t i = 0; i < 5; ++i)
    establish(world.passive(kServer, 80, kThere, static_cast<std::uint16_t>(41000 + i)), 2, 2.001);
  world.count("TcpExt.ListenOverflows", 40);
  const auto findings = diagnose(world);
  const Finding* overflow = find(findings, "accept-queue-overflow");
  ASSERT_NE(overflow, nullptr);
  EXPECT_TRUE(advises(*overflow, "net.core.somaxconn"));
  EXPECT_FALSE(advises(*overflow, "listen(fd"));
}

TEST(Listen, AProcessThatNeverAcceptsIsNamed) {
  const auto look = [](std::uint32_t before, std::uint32_t after, int came) {
    World world;
    world.listener({900, "hung"}, 9000, 128);
    world.queue(9000, before, after);
    for (int i = 0; i < came; ++i)
      establish(world.passive({900, "hung"}, 9000, kThere, static_cast<std::uint16_t>(40000 + i)), 2, 2.001);
    return diagnose(world);
  };
  const auto stalled = look(10, 15, 5);
  const Finding* finding = find(stalled, "accept-stalled");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, Severity::warning);
  EXPECT_EQ(word(*finding, "comm"), "hung");
  EXPECT_NE(finding->summary.find("15 connections are waiting"), std::string::npos) << finding->summary;
  EXPECT_EQ(find(look(10, 15, 6), "accept-stalled"), nullptr) << "one was taken";
  EXPECT_EQ(find(look(15, 10, 0), "accept-stalled"), nullptr) << "the queue fell";
  EXPECT_EQ(find(look(0, 15, 15), "accept-stalled"), nullptr) << "since when, nobody knows";
}

// A backlog that is too small is not the trouble of a process that takes none.
TEST(Listen, AFullQueueOfAProcessThatNeverAcceptsAsksForNoLargerBacklog) {
  for (const int came : {0, 3}) {
    World world;
    world.listener({900, "hung"}, 9000, 5);
    world.queue(9000, 6, 6, 0, 24);
    world.count("TcpExt.ListenOverflows", 24);
    for (int i = 0; i < came; ++i)
      establish(world.passive({900, "hung"}, 9000, kThere, static_cast<std::uint16_t>(40000 + i)), 2, 2.001);
    const auto findings = diagnose(world);
    const Finding* full = find(findings, "accept-queue-overflow");
    ASSERT_NE(full, nullptr);
    EXPECT_EQ(full->severity, Severity::critical);
    const bool stalled = came == 0;
    EXPECT_EQ(full->summary.find("accept() has not been called") != std::string::npos, stalled);
    EXPECT_EQ(full->advice.size(), stalled ? 1U : 2U);
  }
}

// An arrival that nobody saw looks like one that was not accepted.
TEST(Listen, WithoutEveryArrivalNobodyIsSaidNotToAccept) {
  for (const int missed : {0, 1, 2}) {
    World world;
    world.listener({900, "hung"}, 9000, 128);
    world.queue(9000, 10, 15);
    if (missed == 1) world.lose(3);
    if (missed == 2) world.snapshots_only();
    EXPECT_EQ(find(diagnose(world), "accept-stalled") != nullptr, missed == 0);
  }
}

TEST(Listen, AQueueThatHasDrainedWasFull) {
  for (const std::uint32_t now : {0U, 6U}) {
    World world;
    world.listener(kServer, 80, 4);
    world.queue(80, 6, now, 0, 40);
    world.count("TcpExt.ListenOverflows", 40);
    const auto findings = diagnose(world);
    const Finding* overflow = find(findings, "accept-queue-overflow");
    ASSERT_NE(overflow, nullptr);
    EXPECT_EQ(overflow->summary.find(" is full: ") != std::string::npos, now != 0) << overflow->summary;
    EXPECT_EQ(overflow->summary.find(" was full: ") != std::string::npos, now == 0) << overflow->summary;
  }
}

TEST(Listen, AnOverflowThatIsOverIsAWarning) {
  World world;
  world.listener(kServer, 80, 128);
  world.queue(80, 0, 0, 0, 40);
  world.count("TcpExt.ListenOverflows", 40);
  const auto findings = diagnose(world);
  const Finding* overflow = find(findings, "accept-queue-overflow");
  ASSERT_NE(overflow, nullptr);
  EXPECT_EQ(overflow->severity, Severity::warning);
  // No sample saw the queue full, so the sentence does not say that it is.
  EXPECT_NE(overflow->summary.find("overflows for moments"), std::string::npos) << overflow->summary;
  EXPECT_NE(overflow->summary.find("40 segments for new connections were dropped"), std::string::npos);
}

TEST(Listen, DropsWithoutOverflowAreNotBlamedOnTheAcceptQueue) {
  World world;
  world.listener(kServer, 80, 128);
  world.queue(80, 0, 0, 0, 40);
  EXPECT_TRUE(complaints(diagnose(world)).empty());
}

TEST(Listen, ANearlyFullQueueIsAWarning) {
  World world;
  world.listener(kServer, 80, 100);
  world.queue(80, 85, 90);
  for (std::uint16_t i = 0; i < 20; ++i)
    establish(world.passive(kServer, 80, kThere, static_cast<std::uint16_t>(40000 + i)), 2, 2.001);
  const auto findings = diagnose(world);
  const Finding* filling = find(findings, "accept-queue-filling");
  ASSERT_NE(filling, nullptr);
  EXPECT_EQ(number(*filling, "accept_queue_max"), 90);
}

TEST(Listen, ATinyBacklogMayBeFullOfOne) {
  World world;
  world.listener(kServer, 80, 1);
  world.queue(80, 1, 1);
  EXPECT_TRUE(complaints(diagnose(world)).empty());
}

TEST(Listen, AFloodNamesTheListenerAndTheCookies) {
  const auto findings = diagnose(syn_flood());
  const Finding* flood = find(findings, "syn-queue");
  ASSERT_NE(flood, nullptr);
  EXPECT_EQ(flood->severity, Severity::warning);
  EXPECT_EQ(number(*flood, "half_open_max"), 512);
  EXPECT_EQ(number(*flood, "syn_cookies_sent"), 25000);
  EXPECT_EQ(number(*flood, "local_port"), 80);
}

TEST(Listen, AFloodWithoutCookiesIsCritical) {
  World world = syn_flood();
  world.set("sysctl.tcp_syncookies", 0);
  world.count("TcpExt.SyncookiesSent", 0);
  world.count("TcpExt.TCPReqQFullDrop", 900);
  const auto findings = diagnose(world);
  const Finding* flood = find(findings, "syn-queue");
  ASSERT_NE(flood, nullptr);
  EXPECT_EQ(flood->severity, Severity::critical);
  EXPECT_TRUE(advises(*flood, "tcp_syncookies=1"));
}

}  // namespace
}  // namespace conntrail::diagnose
