// Topic connect: refused, unanswered, late, slow.
#include <gtest/gtest.h>

#include <cerrno>

#include "scenarios.h"

namespace conntrail::diagnose {
namespace {

using namespace test;

std::vector<Finding> diagnose(const World& world) { return run(world.evidence(), find_topic("connect")); }
std::uint16_t port(std::size_t i) { return static_cast<std::uint16_t>(40000 + i); }

TEST(Connect, LatenciesAreQuantilesOverAllDestinations) {
  World world;
  for (std::size_t i = 1; i <= 100; ++i)
    establish(world.active(kClient, port(i), kThere, 80), 1, 1 + static_cast<double>(i) / 1000);
  const auto findings = diagnose(world);
  const Finding* latency = find(findings, "connect-latency");
  ASSERT_NE(latency, nullptr);
  EXPECT_EQ(number(*latency, "connects"), 100);
  EXPECT_NEAR(number(*latency, "connect_p50_ms"), 50, 1e-6);
  EXPECT_NEAR(number(*latency, "connect_p95_ms"), 95, 1e-6);
  EXPECT_NEAR(number(*latency, "connect_p99_ms"), 99, 1e-6);
  EXPECT_NEAR(number(*latency, "connect_max_ms"), 100, 1e-6);
}

TEST(Connect, ABlackHoleIsToldFromARefusedPort) {
  const auto findings = diagnose(black_hole_beside_refused_port());
  const Finding* hole = find(findings, "black-hole");
  const Finding* refused = find(findings, "refused");
  ASSERT_NE(hole, nullptr);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(word(*hole, "remote_addr"), "10.0.0.66");
  EXPECT_EQ(word(*hole, "comm"), "fetcher");
  EXPECT_EQ(number(*hole, "unanswered"), 5);
  EXPECT_EQ(word(*refused, "remote_addr"), kThere);
  EXPECT_EQ(number(*refused, "remote_port"), 81);
  EXPECT_EQ(word(*refused, "comm"), "loadgen");
  EXPECT_EQ(number(*refused, "refused"), 20);
}

TEST(Connect, TimeoutsOfAPlaceThatAnswersOthersAreNoBlackHole) {
  World world;
  for (std::size_t i = 0; i < 10; ++i) establish(world.active(kClient, port(i), kThere, 80), 1, 1.001);
  for (std::size_t i = 10; i < 20; ++i) wait_in_syn_sent(world.active(kClient, port(i), kThere, 80), 1, 4);
  const auto findings = diagnose(world);
  EXPECT_EQ(find(findings, "black-hole"), nullptr);
  const Finding* timeout = find(findings, "connect-timeout");
  ASSERT_NE(timeout, nullptr);
  EXPECT_EQ(timeout->severity, Severity::critical);
  EXPECT_EQ(number(*timeout, "unanswered"), 10);
}

TEST(Connect, AFreshSynIsNoBlackHole) {
  World world;
  wait_in_syn_sent(world.active(kClient, port(0), kThere, 80), 9.9, 0);
  wait_in_syn_sent(world.active(kClient, port(1), kThere, 80), 8.5, 1);
  EXPECT_EQ(find(diagnose(world), "black-hole"), nullptr);
}

TEST(Connect, AClientThatGaveUpMetABlackHoleToo) {
  World world;
  for (std::size_t i = 0; i < 4; ++i)
    fail(world.active(kClient, port(i), kThere, 80), 1, 2.8, EndReason::aborted, 0);
  EXPECT_NE(find(diagnose(world), "black-hole"), nullptr);
  World impatient;  // a path that takes longer: no SYN was sent again yet
  for (std::size_t i = 0; i < 4; ++i)
    fail(impatient.active(kClient, port(i), kThere, 80), 1, 1.6, EndReason::aborted, 0);
  EXPECT_EQ(find(diagnose(impatient), "black-hole"), nullptr);
  World hasty;  // the slower of two addresses
  for (std::size_t i = 0; i < 4; ++i)
    fail(hasty.active(kClient, port(i), kThere, 80), 1, 1.02, EndReason::aborted, 0);
  EXPECT_TRUE(diagnose(hasty).empty());
}

TEST(Connect, AServiceThatAnswersAgainIsNotSaidToBeDown) {
  const auto refused_until = [](double established_s) {
    World world = refused_port();
    establish(world.active(kClient, port(999), kThere, 81), established_s, established_s + 0.001);
    return diagnose(world);
  };
  const auto mended = refused_until(9);
  ASSERT_NE(find(mended, "refused"), nullptr);
  EXPECT_EQ(find(mended, "refused")->severity, Severity::warning);
  EXPECT_NE(find(mended, "refused")->summary.find("but the newest connect succeeded"), std::string::npos);
  const auto died = refused_until(0.1);
  EXPECT_EQ(find(died, "refused")->severity, Severity::critical);
  EXPECT_EQ(find(died, "refused")->summary.find("so nothing listens"), std::string::npos);
}

// A listener that turns connections away explains what its own clients suffer, not those of a namesake.
TEST(Connect, AFullListenerHidesNoBlackHoleOfAnotherHost) {
  World world = overflowing_listener();
  for (std::size_t i = 0; i < 5; ++i)
    wait_in_syn_sent(world.active(kClient, port(500 + i), kThere, 9001), 1, 3);
  const auto findings = diagnose(world);
  const Finding* hole = find(findings, "black-hole");
  ASSERT_NE(hole, nullptr);
  EXPECT_EQ(hole->severity, Severity::critical);
  EXPECT_EQ(word(*hole, "remote_addr"), kThere);
  EXPECT_EQ(number(*hole, "destinations"), 1);
}

TEST(Connect, AFullListenerHidesNoBlackHoleOfAnotherNamespace) {
  World world = overflowing_listener();
  for (std::size_t i = 0; i < 5; ++i) {
    Connection& c = world.active(kClient, port(500 + i), "127.0.0.1", 9001, "127.0.0.1");
    c.tuple.netns = kNetns + 1;
    wait_in_syn_sent(c, 1, 3);
  }
  const auto findings = diagnose(world);
  const Finding* hole = find(findings, "black-hole");
  ASSERT_NE(hole, nullptr);
  EXPECT_EQ(hole->severity, Severity::critical);
}

TEST(Connect, WholeSecondsAreLostSynsNotASlowPath) {
  const auto findings = diagnose(lost_syns());
  const Finding* lost = find(findings, "lost-syn");
  ASSERT_NE(lost, nullptr);
  EXPECT_EQ(lost->severity, Severity::warning);
  EXPECT_EQ(number(*lost, "after_syn_retransmit"), 10);
  EXPECT_NEAR(number(*lost, "clean_connect_p50_ms"), 2, 0.001);
  EXPECT_EQ(find(findings, "slow-path"), nullptr);
}

TEST(Connect, ASlowPathLosesNoSyn) {
  const auto findings = diagnose(slow_path());
  const Finding* slow = find(findings, "slow-path");
  ASSERT_NE(slow, nullptr);
  EXPECT_NEAR(number(*slow, "clean_connect_p50_ms"), 700, 0.001);
  EXPECT_EQ(find(findings, "lost-syn"), nullptr);
}

TEST(Connect, LossOnThePathIsNotTheMatterOfConnect) {
  const auto findings = diagnose(lossy_path());
  const Finding* lost = find(findings, "lost-syn");
  ASSERT_NE(lost, nullptr);
  EXPECT_EQ(lost->severity, Severity::info);
}

TEST(Connect, UnreachableIsItsOwnFinding) {
  World world;
  for (std::size_t i = 0; i < 12; ++i)
    fail(world.active(kClient, port(i), kThere, 80), 1, 4, EndReason::unreachable, EHOSTUNREACH);
  const auto findings = diagnose(world);
  const Finding* unreachable = find(findings, "unreachable");
  ASSERT_NE(unreachable, nullptr);
  EXPECT_EQ(unreachable->severity, Severity::critical);
  EXPECT_EQ(find(findings, "black-hole"), nullptr);
}

TEST(Connect, ThreeRefusalsAreAWarningTwoAreNone) {
  for (const std::size_t count : {2U, 3U}) {
    World world;
    for (std::size_t i = 0; i < count; ++i)
      fail(world.active(kClient, port(i), kThere, 81), 1, 1.001, EndReason::refused, ECONNREFUSED);
    EXPECT_EQ(complaints(diagnose(world)).size(), count == 3 ? 1U : 0U);
  }
}

TEST(Connect, ThoseThatFoundNoPortWereNoAttemptsOnTheNetwork) {
  World world;
  for (std::size_t i = 0; i < 3; ++i)
    fail(world.active(kClient, port(i), kThere, 81), 1, 1.001, EndReason::refused, ECONNREFUSED);
  for (std::size_t i = 0; i < 97; ++i) fail_without_port(world.active(kClient, 0, kThere, 81), 2);
  const auto findings = diagnose(world);
  const Finding* refused = find(findings, "refused");
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(number(*refused, "connects"), 3);
  EXPECT_EQ(refused->severity, Severity::warning);
}

// curl http://localhost: ::1 refuses, 127.0.0.1 answers.
void go_on_to(World& world, std::size_t i, std::string_view first, std::string_view second, double refused_s,
              EndReason reason, int error, double second_s) {
  const Process curl{static_cast<std::uint32_t>(500 + i), "curl"};
  const double begin = 0.1 * static_cast<double>(i);
  const bool v6 = first.find(':') != std::string_view::npos;
  Connection& failed = world.active(curl, port(i), first, 8888, v6 ? "::1" : kHere);
  fail(failed, begin, begin + refused_s, reason, error);
  establish(world.active(curl, port(i + 1000), second, 8888), begin + second_s, begin + second_s + 0.0001);
}

TEST(Connect, ARefusalThatIsFollowedByAnotherAddressIsAFallback) {
  World world;
  for (std::size_t i = 0; i < 15; ++i)
    go_on_to(world, i, "::1", "127.0.0.1", 0.0001, EndReason::refused, ECONNREFUSED, 0.0002);
  const auto findings = diagnose(world);
  EXPECT_EQ(find(findings, "refused"), nullptr);
  const Finding* fallback = find(findings, "fallback");
  ASSERT_NE(fallback, nullptr);
  EXPECT_EQ(fallback->severity, Severity::info);
  EXPECT_FALSE(fallback->asks_for_something());
  EXPECT_EQ(number(*fallback, "fallbacks"), 15);
  EXPECT_EQ(word(*fallback, "remote_addr"), "::1");
  EXPECT_EQ(word(*fallback, "fallback_addr"), "127.0.0.1");
  EXPECT_NE(fallback->summary.find("[::1]:8888"), std::string::npos) << fallback->summary;
  EXPECT_NE(fallback->summary.find("127.0.0.1:8888"), std::string::npos) << fallback->summary;
}

TEST(Connect, AFallbackTellsWhatItCosts) {
  World world;
  for (std::size_t i = 0; i < 7; ++i)
    go_on_to(world, i, "fd00::2", "10.77.2.2", 0.2002, EndReason::aborted, 0, 0.2);
  const auto findings = diagnose(world);
  EXPECT_TRUE(complaints(findings).empty());
  const Finding* fallback = find(findings, "fallback");
  ASSERT_NE(fallback, nullptr);
  EXPECT_EQ(fallback->severity, Severity::info);
  EXPECT_NEAR(number(*fallback, "cost_p50_ms"), 200, 0.1);
  EXPECT_EQ(number(*fallback, "unanswered"), 7);
  EXPECT_TRUE(fallback->asks_for_something()) << "200 ms are what everyone complains about";
  EXPECT_NE(fallback->summary.find("200ms"), std::string::npos) << fallback->summary;
}

TEST(Connect, OneOfSeveralAddressesOfAFamilyThatRefusesAsksForSomething) {
  World world;
  for (std::size_t i = 0; i < 15; ++i)
    go_on_to(world, i, "10.77.2.1", "10.77.2.2", 0.001, EndReason::refused, ECONNREFUSED, 0.002);
  const auto findings = diagnose(world);
  const Finding* fallback = find(findings, "fallback");
  ASSERT_NE(fallback, nullptr);
  EXPECT_TRUE(fallback->asks_for_something());
}

TEST(Connect, WhereTheOtherAddressRefusesTooItIsNoFallback) {
  World world;
  for (std::size_t i = 0; i < 15; ++i) {
    const Process curl{static_cast<std::uint32_t>(500 + i), "curl"};
    const double begin = 0.1 * static_cast<double>(i);
    fail(world.active(curl, port(i), "::1", 8888, "::1"), begin, begin + 0.0001, EndReason::refused,
         ECONNREFUSED);
    fail(world.active(curl, port(i), "127.0.0.1", 8888, "127.0.0.1"), begin + 0.0002, begin + 0.0003,
         EndReason::refused, ECONNREFUSED);
  }
  const auto findings = diagnose(world);
  EXPECT_EQ(find(findings, "fallback"), nullptr);
  ASSERT_NE(find(findings, "refused"), nullptr);
  EXPECT_EQ(find(findings, "refused")->severity, Severity::critical);
}

TEST(Connect, AnotherProcessOrALaterConnectIsNoFallback) {
  for (const bool other_process : {true, false}) {
    World world;
    for (std::size_t i = 0; i < 12; ++i) {
      const double begin = 0.1 * static_cast<double>(i);
      fail(world.active(kClient, port(i), "::1", 81, "::1"), begin, begin + 0.0001, EndReason::refused,
           ECONNREFUSED);
    }
    for (std::size_t i = 0; i < 12; ++i) {
      const double begin = (other_process ? 0.05 : 5) + 0.1 * static_cast<double>(i);
      establish(world.active(other_process ? kServer : kClient, port(i + 100), kThere, 81), begin,
                begin + 0.0001);
    }
    const auto findings = diagnose(world);
    EXPECT_EQ(find(findings, "fallback"), nullptr) << other_process;
    ASSERT_NE(find(findings, "refused"), nullptr);
    EXPECT_EQ(find(findings, "refused")->severity, Severity::critical);
  }
}

TEST(Connect, AServiceOfThisHostIsLookedForHere) {
  World world;
  for (std::size_t i = 0; i < 12; ++i)
    fail(world.active(kClient, port(i), "127.0.0.1", 81, "127.0.0.1"), 1, 1.0001, EndReason::refused,
         ECONNREFUSED);
  const auto findings = diagnose(world);
  const Finding* refused = find(findings, "refused");
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->advice[0].command.find("on that host"), std::string::npos);
}

TEST(Connect, AV4MappedDestinationIsTheSamePlace) {
  World world;
  for (std::size_t i = 0; i < 12; ++i) {
    const bool mapped = i % 2 == 0;
    Connection& c = world.active(kClient, port(i), mapped ? "::ffff:10.0.0.2" : "10.0.0.2", 81,
                                 mapped ? "::ffff:10.0.0.1" : "10.0.0.1");
    fail(c, 1, 1.001, EndReason::refused, ECONNREFUSED);
  }
  const auto findings = diagnose(world);
  const Finding* refused = find(findings, "refused");
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(number(*refused, "refused"), 12);
}

}  // namespace
}  // namespace conntrail::diagnose
