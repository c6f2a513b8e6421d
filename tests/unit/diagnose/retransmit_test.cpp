// Topic retransmit: loss by destination, its kind, broken paths, resets.
#include <gtest/gtest.h>

#include <cerrno>

#include "retransmit/resets.h"
#include "scenarios.h"

namespace conntrail::diagnose {
namespace {

using namespace test;

std::vector<Finding> diagnose(const World& world) { return run(world.evidence(), find_topic("retransmit")); }
std::uint16_t port(std::size_t i) { return static_cast<std::uint16_t>(40000 + i); }

World lossy(std::uint32_t segments, std::uint32_t again) {
  World world;
  Connection& c = world.active(kClient, port(0), kThere, 80);
  establish(c, 1, 1.001);
  send(c, segments, again);
  world.count("Tcp.OutSegs", segments);
  world.count("Tcp.RetransSegs", again);
  return world;
}

TEST(Retransmit, LossNamesDestinationProcessAndRate) {
  const auto findings = diagnose(lossy_path());
  const Finding* loss = find(findings, "loss");
  ASSERT_NE(loss, nullptr);
  EXPECT_EQ(word(*loss, "remote_addr"), kThere);
  EXPECT_EQ(word(*loss, "comm"), "loadgen");
  EXPECT_NEAR(number(*loss, "retransmit_rate"), 0.05, 1e-9);
  EXPECT_EQ(number(*loss, "retransmits"), 1000);  // without the SYNs
  EXPECT_EQ(word(*loss, "pattern"), "path");
}

TEST(Retransmit, ThresholdsAreOneAndTenPercent) {
  EXPECT_EQ(find(diagnose(lossy(10000, 99)), "loss")->severity, Severity::info);
  EXPECT_EQ(find(diagnose(lossy(10000, 100)), "loss")->severity, Severity::warning);
  EXPECT_EQ(find(diagnose(lossy(10000, 1000)), "loss")->severity, Severity::critical);
  EXPECT_EQ(find(diagnose(lossy(200, 9)), "loss")->severity, Severity::info);  // too few to tell
}

TEST(Retransmit, TailLossIsToldFromPathLoss) {
  World world = lossy(10000, 300);
  world.count("TcpExt.TCPTimeouts", 150);
  world.count("TcpExt.TCPLossProbeRecovery", 120);
  world.count("TcpExt.TCPFastRetrans", 30);
  EXPECT_EQ(word(*find(diagnose(world), "loss"), "pattern"), "tail");
  world.count("TcpExt.TCPFastRetrans", 3000);
  EXPECT_EQ(word(*find(diagnose(world), "loss"), "pattern"), "path");
  world.count("TcpExt.TCPDSACKRecv", 200);
  EXPECT_EQ(word(*find(diagnose(world), "loss"), "pattern"), "spurious");
}

// Clients that send their last word and close, and a server that answers late: 200 probes, nothing lost.
TEST(Retransmit, WhatThePeerHadAlreadyIsNoLoss) {
  World world;
  for (std::size_t i = 0; i < 200; ++i) {
    Connection& c = world.active(kClient, port(i), kThere, 5432);
    establish(c, 1, 1.001);
    send(c, 10, 1);
  }
  world.count("Tcp.OutSegs", 2000);
  world.count("Tcp.RetransSegs", 200);
  world.count("TcpExt.TCPLossProbes", 200);
  world.count("TcpExt.TCPDSACKRecv", 200);
  const auto findings = diagnose(world);
  const Finding* loss = find(findings, "loss");
  ASSERT_NE(loss, nullptr);
  EXPECT_EQ(loss->severity, Severity::info);
  EXPECT_EQ(word(*loss, "pattern"), "spurious");
  EXPECT_TRUE(loss->advice.empty());
  EXPECT_FALSE(loss->asks_for_something());
}

TEST(Retransmit, NeedlessCopiesOfABusyPathAreAWarningWithoutASearchForLoss) {
  World world = lossy(10000, 1500);
  world.count("TcpExt.TCPDSACKRecv", 1480);
  const auto findings = diagnose(world);
  const Finding* loss = find(findings, "loss");
  ASSERT_NE(loss, nullptr);
  EXPECT_EQ(loss->severity, Severity::warning);
  ASSERT_EQ(loss->advice.size(), 1U);
  EXPECT_NE(loss->advice[0].action.find("reordering"), std::string::npos) << loss->advice[0].action;
}

TEST(Retransmit, WhatIsLostBesideNeedlessCopiesIsStillLoss) {
  World world = lossy(10000, 1500);
  world.count("TcpExt.TCPDSACKRecv", 800);
  const auto findings = diagnose(world);
  EXPECT_EQ(find(findings, "loss")->severity, Severity::warning);
  EXPECT_NE(find(findings, "loss")->advice[0].action.find("lost"), std::string::npos);
}

TEST(Retransmit, AConnectionThatDiedWithoutAnswerIsToldOnce) {
  World world;
  for (std::size_t i = 0; i < 4; ++i) {
    Connection& c = world.active(kClient, port(i), kThere, 80);
    establish(c, 1, 1.001);
    send(c, 120, 15);
    for (std::size_t n = 0; n < 15; ++n) c.marks.push_back({MarkKind::retransmit, at(2), 0, 0});
    reset(c, 9, false);
    c.end_reason = EndReason::timeout;
    c.error = ETIMEDOUT;
  }
  world.count("Tcp.OutSegs", 480);
  world.count("Tcp.RetransSegs", 60);
  world.count("TcpExt.TCPTimeouts", 60);
  const auto findings = diagnose(world);
  EXPECT_EQ(complaints(findings), std::set<std::string>{"retransmit/data-timeout"});
  EXPECT_EQ(find(findings, "loss"), nullptr);
}

// Both ends of a connection on this host; the client was reset.
Connection& server_of_a_reset_client(World& world, std::size_t i) {
  Connection& client = world.active({15478, "nginx"}, port(i), kThere, 8080);
  establish(client, 1, 1.001);
  reset(client, 5, false);
  Connection& server = world.passive({30193, "haproxy"}, 8080, kHere, port(i), kThere);
  establish(server, 1, 1.001);
  return server;
}

TEST(Retransmit, AResetBetweenTwoProcessesOfThisHostIsItsSenders) {
  World world;
  for (std::size_t i = 0; i < 30; ++i) reset(server_of_a_reset_client(world, i), 5, true, 14);
  const auto findings = diagnose(world);
  const Finding* resets = find(findings, "resets");
  ASSERT_NE(resets, nullptr);
  EXPECT_EQ(word(*resets, "comm"), "haproxy");
  EXPECT_EQ(number(*resets, "resets_sent"), 30);
  EXPECT_EQ(number(*resets, "resets_received"), 0);
  EXPECT_EQ(number(*resets, "ended"), 30);
  EXPECT_NE(resets->summary.find("haproxy/30193"), std::string::npos) << resets->summary;
  ASSERT_FALSE(resets->advice.empty());
  EXPECT_EQ(resets->advice[0].action.find("other end"), std::string::npos);
}

TEST(Retransmit, TimersOfSynsAreNotTailLoss) {
  World world = lossy(10000, 300);
  world.count("Tcp.RetransSegs", 450);
  world.count("TcpExt.TCPTimeouts", 150);
  world.count("TcpExt.TCPSynRetrans", 150);
  world.count("TcpExt.TCPFastRetrans", 30);
  EXPECT_EQ(word(*find(diagnose(world), "loss"), "pattern"), "path");
}

TEST(Retransmit, RetransmitsOfLongAgoAreHistory) {
  World world = lossy(10000, 500);
  world.count("Tcp.RetransSegs", 0);
  EXPECT_EQ(find(diagnose(world), "loss")->severity, Severity::info);
}

TEST(Retransmit, ConnectionsThatDiedWithoutAnswer) {
  World world;
  for (std::size_t i = 0; i < 3; ++i) {
    Connection& c = world.active(kClient, port(i), kThere, 80);
    establish(c, 1, 1.001);
    reset(c, 9, false);
    c.end_reason = EndReason::timeout;
    c.error = ETIMEDOUT;
  }
  const auto findings = diagnose(world);
  const Finding* died = find(findings, "data-timeout");
  ASSERT_NE(died, nullptr);
  EXPECT_EQ(died->severity, Severity::warning);
  EXPECT_EQ(number(*died, "timed_out"), 3);
  EXPECT_EQ(word(*died, "remote_addr"), kThere);
}

// Closed here, acknowledged there, and never closed there: tcp_fin_timeout ended them in good order.
TEST(Retransmit, EndsByTheFinTimeoutDidNotDie) {
  World world;
  for (std::size_t i = 0; i < 30; ++i) {
    Connection& c = world.active(kClient, port(i), kThere, 80);
    establish(c, 1, 1.001);
    reset(c, 9, false);
    c.end_reason = EndReason::timeout;
    c.error = 0;
  }
  EXPECT_EQ(find(diagnose(world), "data-timeout"), nullptr);
}

// The kernel answers what comes for a socket that is gone: no program sent that.
TEST(Retransmit, AResetForAnEndThatIsOverIsNotItsPrograms) {
  World world;
  for (std::size_t i = 0; i < 30; ++i) {
    Connection& over = server_of_a_reset_client(world, i);
    reset(over, 4, false);
    over.end_reason = EndReason::timeout;
    over.reset_received = false;
  }
  const auto findings = diagnose(world);
  const Finding* resets = find(findings, "resets");
  ASSERT_NE(resets, nullptr);
  EXPECT_EQ(number(*resets, "resets_sent"), 0);
  EXPECT_EQ(number(*resets, "resets_received"), 30);
  EXPECT_EQ(resets->summary.find("haproxy"), std::string::npos) << resets->summary;
}

TEST(Retransmit, WhatAClosedListenerLeavesWaitingIsNotLinger) {
  for (const bool accepted : {false, true}) {
    World world;
    for (std::size_t i = 0; i < 25; ++i) {
      Connection& c = world.passive({900, "srv"}, 9000, kThere, port(i));
      establish(c, 1, 1.001);
      reset(c, 5, true, 7);
      c.owner.source = accepted ? OwnerSource::close : OwnerSource::inherited;
    }
    const auto findings = diagnose(world);
    const Finding* resets = find(findings, "resets");
    ASSERT_NE(resets, nullptr);
    EXPECT_EQ(word(*resets, "top_reason") == "LISTENER_CLOSED", !accepted);
    EXPECT_EQ(resets->summary.find("while they waited for accept()") != std::string::npos, !accepted);
  }
}

TEST(Retransmit, ResetsNameReasonAndProcess) {
  const auto findings = diagnose(unread_data());
  const Finding* resets = find(findings, "resets");
  ASSERT_NE(resets, nullptr);
  EXPECT_EQ(word(*resets, "comm"), "impatient");
  EXPECT_EQ(word(*resets, "top_reason"), "TCP_ABORT_ON_CLOSE");
  EXPECT_EQ(number(*resets, "resets_sent"), 50);
  EXPECT_EQ(number(*resets, "resets_received"), 0);
}

TEST(Retransmit, ResetsReceivedAreToldFromResetsSent) {
  World world;
  for (std::size_t i = 0; i < 30; ++i) {
    Connection& c = world.active(kClient, port(i), kThere, 80);
    establish(c, 1, 1.001);
    reset(c, 2, i < 10, i < 5 ? std::optional<std::uint32_t>(99) : std::nullopt);
  }
  const auto findings = diagnose(world);
  const Finding* resets = find(findings, "resets");
  ASSERT_NE(resets, nullptr);
  EXPECT_EQ(number(*resets, "resets_sent"), 10);
  EXPECT_EQ(number(*resets, "resets_received"), 20);
  ASSERT_EQ(resets->evidence.rows.size(),
            3U);  // received; sent without a reason; sent for one without a name
  EXPECT_EQ(std::get<std::string>(resets->evidence.rows[0][1]), "received from the peer");
}

TEST(Retransmit, RefusedConnectsAreNoResets) { EXPECT_EQ(find(diagnose(refused_port()), "resets"), nullptr); }

TEST(Retransmit, ReasonsHaveMeanings) {
  EXPECT_FALSE(meaning_of_reset("TCP_ABORT_ON_LINGER").empty());
  EXPECT_TRUE(meaning_of_reset("SOMETHING_NEW").empty());
}

}  // namespace
}  // namespace conntrail::diagnose
