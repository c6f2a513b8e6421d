// What the evidence lacks is said and not made up; what is large takes no more than its time.
#include <gtest/gtest.h>

#include <ctime>

#include "scenarios.h"

namespace conntrail::diagnose {
namespace {

using namespace test;

TEST(Limits, LostEventsAreSaidInEveryFinding) {
  World world = client_storm();
  world.lose(42);
  for (const Finding& finding : run(world.evidence())) {
    EXPECT_EQ(number(finding, "lost_events"), 42) << finding.id;
    ASSERT_FALSE(finding.notes.empty()) << finding.id;
    EXPECT_NE(finding.notes.front().find("42 events were lost"), std::string::npos);
  }
}

TEST(Limits, SnapshotsOnlyIsSaidInEveryFinding) {
  World world = leaking_server();
  world.snapshots_only();
  const auto findings = run(world.evidence());
  ASSERT_FALSE(findings.empty());
  for (const Finding& finding : findings) EXPECT_EQ(word(finding, "source"), "snapshots") << finding.id;
}

TEST(Limits, ASnapshotAloneYieldsNoRatesOutOfNothing) {
  World world(1);
  world.snapshots_only();
  for (std::size_t i = 0; i < 100; ++i) {
    Connection& c = world.active({}, static_cast<std::uint16_t>(40000 + i), kThere, 80);
    c.direction = Direction::unknown;
    c.existed_before = true;
    c.ended = true;
    c.time_wait = true;
    c.state = TcpState::time_wait;
    c.time_wait_expires = at(30);
  }
  const auto findings = run(world.evidence());
  const Finding* overview = find(findings, "time-wait");
  ASSERT_NE(overview, nullptr);
  EXPECT_EQ(number(*overview, "entries_per_s"), 0);
  EXPECT_EQ(number(*overview, "live_client"), 100);
  EXPECT_FALSE(has(*overview, "pid"));
  EXPECT_NE(overview->summary.find("an unknown process"), std::string::npos) << overview->summary;
  EXPECT_TRUE(complaints(findings).empty());
}

TEST(Limits, WithoutSamplesTheConnectionsStillTell) {
  for (World world : {leaking_server(), refused_port(), unread_data()}) {
    const auto with = complaints(run(world.evidence()));
    world.without_samples();
    EXPECT_EQ(complaints(run(world.evidence())), with);
  }
}

TEST(Limits, AMillionConnectionsTakeAboutASecond) {
  Storm storm;
  storm.rate = 20000;
  storm.began_s = -40;
  storm.interval_s = 10;
  storm.low = 1;
  storm.high = 65535;
  World world = client_storm(storm);        // all to one place
  std::vector<Connection> others(200'000);  // and each of these to another
  Evidence evidence = world.evidence();
  for (std::size_t i = 0; i < others.size(); ++i) {
    Connection& c = others[i];
    const auto low = static_cast<std::uint8_t>(i);
    const auto middle = static_cast<std::uint8_t>(i >> 8U);
    const auto high = static_cast<std::uint8_t>(i >> 16U);
    c.tuple = {kNetns,
               Family::inet,
               {IpAddress::v4({10, 0, 0, 1}), 40000},
               {IpAddress::v4({11, high, middle, low}), 80}};
    c.direction = Direction::active;
    c.owner.pid = static_cast<std::uint32_t>(1000 + i);
    c.owner.comm = "crawler";
    establish(c, 1, 1.2);
    send(c, 200, 4);
    evidence.connections.push_back(&c);
  }
  ASSERT_GE(evidence.connections.size(), 1'000'000U);
  for (const Topic& topic : topics()) {
    const std::clock_t begin = std::clock();  // of the processor: the machine may be busy
    (void)run(evidence, &topic);
    const double took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    RecordProperty(std::string(topic.name), std::to_string(took));
    // Quadratic work would take hours; the room is for sanitizers.
    EXPECT_LT(took, 20) << topic.name;
  }
}

TEST(Topics, AreFoundByName) {
  ASSERT_EQ(topics().size(), 6U);
  for (const Topic& topic : topics()) EXPECT_EQ(find_topic(topic.name), &topic);
  EXPECT_EQ(find_topic("nonsense"), nullptr);
}

TEST(Topics, TheWorstComeFirst) {
  const World world = black_hole_beside_refused_port();
  const auto findings = run(world.evidence());
  for (std::size_t i = 1; i < findings.size(); ++i) EXPECT_GE(findings[i - 1].severity, findings[i].severity);
  EXPECT_EQ(findings.front().severity, Severity::critical);
}

TEST(Topics, EveryFindingIsComplete) {
  for (const World& world :
       {healthy(), client_storm(), server_storm(), leaking_server(), overflowing_listener(), syn_flood(),
        lossy_path(), black_hole_beside_refused_port(), slow_path(), lost_syns(), unread_data(),
        peers_that_never_close()}) {
    for (const Finding& finding : run(world.evidence())) {
      EXPECT_NE(find_topic(finding.topic), nullptr) << finding.id;
      EXPECT_FALSE(finding.summary.empty()) << finding.id;
      EXPECT_LE(finding.evidence.rows.size(), 10U) << finding.id;
      for (const auto& row : finding.evidence.rows)
        EXPECT_EQ(row.size(), finding.evidence.columns.size()) << finding.id;
      std::set<std::string> keys;
      for (const Fact& fact : finding.facts)
        EXPECT_TRUE(keys.insert(fact.key).second) << finding.id << ' ' << fact.key;
      if (finding.severity == Severity::info) continue;
      EXPECT_FALSE(finding.advice.empty()) << finding.id;
      for (const Advice& advice : finding.advice) EXPECT_FALSE(advice.cost.empty()) << finding.id;
    }
  }
}

}  // namespace
}  // namespace conntrail::diagnose
