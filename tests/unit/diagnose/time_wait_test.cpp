// Topic time-wait: who closes first, and when ports or buckets run out. Predictions are compared with what a
// plain simulation of the same load, port by port, says.
#include <gtest/gtest.h>

#include <cmath>
#include <deque>

#include "conntrail/view/finding_text.h"
#include "scenarios.h"

namespace conntrail::diagnose {
namespace {

using namespace test;

const Topic& topic() { return *find_topic("time-wait"); }

// When the first connect() finds no port, seconds after the storm's first. TIME_WAIT ends where the timer
// wheel has its steps: at the first multiple of 2.048 s after 60 s (HZ=250).
std::optional<double> first_failure(double rate, std::int64_t ports, double hold = 60, double horizon = 400) {
  constexpr double kStep = 2.048;
  std::deque<double> releases;
  for (std::size_t i = 0;; ++i) {
    const double now = static_cast<double>(i) / rate;
    if (now > horizon) return std::nullopt;
    while (!releases.empty() && releases.front() <= now) releases.pop_front();
    if (static_cast<std::int64_t>(releases.size()) >= ports) return now;
    releases.push_back(hold < 60 ? now + hold : std::ceil((now + hold) / kStep) * kStep);
  }
}

struct Case {
  double rate;
  std::int64_t ports;
  double looked_after_s;  // since the storm began, when the interval ended
  double interval_s;
};

class Prediction : public testing::TestWithParam<Case> {};

TEST_P(Prediction, IsWithinATenthOfTheFirstFailure) {
  const Case& c = GetParam();
  Storm storm;
  storm.rate = c.rate;
  storm.high = storm.low + c.ports - 1;
  storm.interval_s = c.interval_s;
  storm.began_s = c.interval_s - c.looked_after_s;
  const World world = client_storm(storm);
  const auto findings = run(world.evidence(), &topic());
  const auto truth = first_failure(c.rate, c.ports);
  ASSERT_TRUE(truth);
  const Finding* finding = find(findings, "port-exhaustion");
  ASSERT_NE(finding, nullptr);
  const double left = *truth - c.looked_after_s;
  EXPECT_EQ(finding->severity, Severity::critical);
  EXPECT_NEAR(number(*finding, "exhausted_in_s"), left, 0.1 * left);
  EXPECT_NEAR(number(*finding, "entries_per_s"), c.rate * std::min(1.0, c.looked_after_s / c.interval_s),
              0.05 * c.rate);
  EXPECT_EQ(word(*finding, "comm"), "loadgen");
  EXPECT_EQ(word(*finding, "remote_addr"), kThere);
  EXPECT_EQ(number(*finding, "remote_port"), 8080);
  EXPECT_TRUE(finding->summary.find("loadgen/812") != std::string::npos) << finding->summary;
  EXPECT_TRUE(finding->summary.find("10.0.0.2:8080") != std::string::npos) << finding->summary;
}

INSTANTIATE_TEST_SUITE_P(Storms, Prediction,
                         testing::Values(Case{5000, 40000, 4, 3},   // the interval is within the storm
                                         Case{5000, 40000, 2, 5},   // the storm began within the interval
                                         Case{5000, 40000, 7, 3},   // shortly before the end
                                         Case{1000, 28232, 10, 5},  // the default range
                                         Case{480, 28232, 40, 10},  // slow: a minute's worth hardly fits
                                         Case{300, 1000, 2, 2}));

TEST(TimeWait, NoExhaustionWhereReleasesKeepUp) {
  Storm storm;
  storm.rate = 400;
  storm.high = storm.low + 28231;
  storm.began_s = -100;  // settled: as many leave as enter
  storm.interval_s = 10;
  ASSERT_FALSE(first_failure(storm.rate, 28232));
  const World world = client_storm(storm);
  const auto findings = run(world.evidence(), &topic());
  const Finding* finding = find(findings, "port-exhaustion");
  // It takes 24 400 of 28 232 ports for good: near the end, but not beyond it.
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, Severity::warning);
  EXPECT_FALSE(has(*finding, "exhausted_in_s"));
  const Finding* overview = find(findings, "time-wait");
  ASSERT_NE(overview, nullptr);
  EXPECT_NEAR(number(*overview, "entries_per_s"), 400, 20);
  EXPECT_NEAR(number(*overview, "exits_per_s"), 400, 20);
}

TEST(TimeWait, HalfOfThePortsIsWhereConnectSlowsDown) {
  Storm storm;
  storm.began_s = 1;  // two seconds of 5000: 10 000 of 40 000
  const World world = client_storm(storm);
  const auto findings = run(world.evidence(), &topic());
  const Finding* finding = find(findings, "port-exhaustion");
  ASSERT_NE(finding, nullptr);
  EXPECT_NEAR(number(*finding, "connect_slows_in_s"), 2, 0.1);
  EXPECT_NEAR(number(*finding, "exhausted_in_s"), 6, 0.1);
}

TEST(TimeWait, ReservedAndListenedPortsAreNotAvailable) {
  Storm storm;
  storm.high = storm.low + 29999;
  World world = client_storm(storm);
  world.set("sysctl.ip_local_reserved_ports.in_range", 5000);
  world.set("sysctl.ip_local_reserved_ports.run.20000", 24999);
  world.listener(kServer, 25000, 128);
  const auto findings = run(world.evidence(), &topic());
  const Finding* finding = find(findings, "port-exhaustion");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(number(*finding, "ports_available"), 30000 - 5000 - 1);
  const double left = *first_failure(5000, 24999) - 4;
  EXPECT_NEAR(number(*finding, "exhausted_in_s"), left, 0.1 * left);
}

TEST(TimeWait, ReuseOnLoopbackNeedsOnlyASecondsWorthOfPorts) {
  Storm storm;
  storm.local = storm.remote = "127.0.0.1";
  storm.high = storm.low + 9999;
  EXPECT_TRUE(complaints(run(client_storm(storm).evidence(), &topic())).empty());
  World everywhere = client_storm([&] {
    Storm other = storm;
    other.local = kHere;
    other.remote = kThere;
    return other;
  }());
  everywhere.set("sysctl.tcp_tw_reuse", 1);
  EXPECT_TRUE(complaints(run(everywhere.evidence(), &topic())).empty());
}

TEST(TimeWait, ReuseDoesNotHelpWhenASecondsWorthDoesNotFit) {
  Storm storm;
  storm.local = storm.remote = "127.0.0.1";
  storm.high = storm.low + 3999;
  storm.began_s = 2.5;  // half a second before the end
  const World world = client_storm(storm);
  const auto findings = run(world.evidence(), &topic());
  const Finding* finding = find(findings, "port-exhaustion");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, Severity::critical);
  const double left = *first_failure(5000, 4000, 1) - 0.5;
  EXPECT_NEAR(number(*finding, "exhausted_in_s"), left, 0.1 * left);
  EXPECT_EQ(word(*finding, "reuse_possible"), "yes");
}

// Between two moments the number of open connections is never quite the same.
TEST(TimeWait, AFewMoreOpenThanBeforeAreNotATrend) {
  Storm storm;
  storm.local = storm.remote = "127.0.0.1";
  storm.high = storm.low + 11999;
  const auto with_open = [&](int before, int recent) {
    World world = client_storm(storm);
    for (int i = 0; i < before + recent; ++i) {
      const double opened = i < before ? 0.5 : 2;
      establish(world.active(kClient, static_cast<std::uint16_t>(20000 + i), storm.remote, 8080, storm.local),
                opened, opened + 0.001);
    }
    return run(world.evidence(), &topic());
  };
  EXPECT_EQ(find(with_open(20, 10), "port-exhaustion"), nullptr);
  const auto findings = with_open(20, 100);
  const Finding* trend = find(findings, "port-exhaustion");
  ASSERT_NE(trend, nullptr);
  EXPECT_EQ(trend->severity, Severity::warning);
}

TEST(TimeWait, ReuseNeedsTimestamps) {
  Storm storm;
  storm.local = storm.remote = "127.0.0.1";
  World world = client_storm(storm);
  world.set("sysctl.tcp_timestamps", 0);
  const auto findings = run(world.evidence(), &topic());
  const Finding* finding = find(findings, "port-exhaustion");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(word(*finding, "reuse_possible"), "no");
}

TEST(TimeWait, ConnectsThatFoundNoPortAreCounted) {
  Storm storm;
  storm.high = storm.low + 9999;
  storm.rate = 2500;
  World world = client_storm(storm);
  for (int i = 0; i < 30; ++i) fail_without_port(world.active(kClient, 0, kThere, 8080), 2.9);
  const auto findings = run(world.evidence());
  const Finding* finding = find(findings, "port-exhaustion");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, Severity::critical);
  EXPECT_EQ(number(*finding, "failed_connects"), 30);
  EXPECT_EQ(number(*finding, "exhausted_in_s"), 0);
  EXPECT_NE(finding->summary.find("30 connects by loadgen/812"), std::string::npos) << finding->summary;
  EXPECT_EQ(complaints(findings), std::set<std::string>{"time-wait/port-exhaustion"});
}

TEST(TimeWait, OpenConnectionsTakePortsToo) {
  World world;
  world.set("sysctl.ip_local_port_range.high", 32768 + 999);
  for (std::size_t i = 0; i < 900; ++i) {
    Connection& c = world.active(kClient, static_cast<std::uint16_t>(32768 + i), kThere, 8080);
    establish(c, static_cast<double>(i) * 0.01, static_cast<double>(i) * 0.01 + 0.001);
  }
  const auto findings = run(world.evidence(), &topic());
  const Finding* finding = find(findings, "port-exhaustion");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(number(*finding, "ports_open"), 900);
  // 100 a second until 9 s, none in the last second: a rate of some 80 to 100.
  EXPECT_NEAR(number(*finding, "exhausted_in_s"), 1.1, 0.2);
}

TEST(TimeWait, AStormThatIsOverIsNoForecast) {
  Storm storm;
  storm.rate = 2000;
  storm.high = storm.low + 39999;
  World world = client_storm(storm);
  Evidence evidence = world.evidence();
  evidence.to = at(13);  // ten quiet seconds
  EXPECT_TRUE(complaints(run(evidence, &topic())).empty());
}

TEST(TimeWait, WithoutThePortRangeNothingIsForetold) {
  World world = client_storm();
  world.without_samples();
  const auto findings = run(world.evidence(), &topic());
  EXPECT_EQ(find(findings, "port-exhaustion"), nullptr);
  EXPECT_NE(find(findings, "time-wait"), nullptr);
}

TEST(TimeWait, TheServersBucketsAreForetold) {
  World world = server_storm();
  const auto findings = run(world.evidence(), &topic());
  const Finding* finding = find(findings, "server-closes-first");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(word(*finding, "comm"), "webserver");
  EXPECT_EQ(number(*finding, "local_port"), 8080);
  EXPECT_NEAR(number(*finding, "entries_per_s"), 5000, 250);
  // The first 20 000 are there; the rest of the buckets fills at 5000 a second.
  EXPECT_NEAR(number(*finding, "buckets_full_in_s"), (262144 - 20000) / 5000.0, 1);
  EXPECT_EQ(find(findings, "port-exhaustion"), nullptr);
}

// Beside a server's 24 there are 23 of clients.
TEST(TimeWait, ASentenceAboutAPortHasThePortsFigures) {
  World world;
  for (std::size_t i = 0; i < 24; ++i) {
    Connection& served = world.passive(kServer, 8888, kThere, static_cast<std::uint16_t>(20000 + i));
    establish(served, 1, 1.001);
    close_first(served, i < 4 ? -30 : 2, world.interval());  // four came before the interval
  }
  for (std::size_t i = 0; i < 3; ++i) {  // came, and were gone before its end
    Connection& served = world.passive(kServer, 8888, kThere, static_cast<std::uint16_t>(30000 + i));
    establish(served, 1, 1.001);
    close_first(served, 2, world.interval());
    be_reused(served, 5);
  }
  for (std::size_t i = 0; i < 15; ++i) {
    Connection& client = world.active(kClient, static_cast<std::uint16_t>(40000 + i), kThere, 80);
    establish(client, 1, 1.001);
    close_first(client, 2, world.interval());
  }
  world.set("sockstat.TCP.tw", 47);
  const auto findings = run(world.evidence(), &topic());
  const Finding* finding = find(findings, "server-closes-first");
  ASSERT_NE(finding, nullptr);
  EXPECT_NE(finding->summary.find("24 are in TIME_WAIT"), std::string::npos) << finding->summary;
  EXPECT_EQ(finding->summary.find("47"), std::string::npos) << finding->summary;
  EXPECT_EQ(number(*finding, "port_live"), 24);
  EXPECT_EQ(number(*finding, "live"), 47) << "of the namespace";
  const auto& table = finding->evidence;
  ASSERT_EQ(table.columns[3], "time_wait_now");
  ASSERT_EQ(table.columns[4], "came");
  for (const auto& row : table.rows) {
    if (std::get<std::string>(row[2]) != "port 8888") continue;
    EXPECT_EQ(std::get<std::int64_t>(row[3]), 24);
    EXPECT_EQ(std::get<std::int64_t>(row[4]), 23);
  }
}

TEST(TimeWait, AStormOnThisHostNamesWhoOpensAndWhoCloses) {
  const auto findings = run(server_storm().evidence(), &topic());
  const Finding* finding = find(findings, "server-closes-first");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(word(*finding, "comm"), "webserver");
  EXPECT_EQ(word(*finding, "opener_comm"), "loadgen");
  EXPECT_EQ(number(*finding, "opener_pid"), 812);
  EXPECT_NE(finding->summary.find("opened by loadgen/812"), std::string::npos) << finding->summary;
  EXPECT_NE(finding->advice[0].action.find("loadgen/812"), std::string::npos) << finding->advice[0].action;
}

// Both may be called nginx: the network namespaces tell them apart.
TEST(TimeWait, AStormBetweenNamespacesNamesBoth) {
  const World world = server_storm();
  Evidence evidence = world.evidence();
  std::deque<Connection> copies;
  std::vector<const Connection*> moved;
  for (const Connection* c : evidence.connections) {
    Connection& copy = copies.emplace_back(*c);
    const bool client = copy.direction == Direction::active;
    copy.tuple.netns = client ? kNetns + 1 : kNetns;
    copy.netns_name = client ? "rdp" : "rds";
    moved.push_back(&copy);
  }
  evidence.connections = moved;
  const auto findings = run(evidence, &topic());
  const Finding* finding = find(findings, "server-closes-first");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->place, "rds");
  EXPECT_EQ(word(*finding, "netns_name"), "rds");
  EXPECT_NE(finding->summary.find("opened by loadgen/812 in network namespace rdp"), std::string::npos)
      << finding->summary;
  std::string text;
  view::append_finding_text(text, *finding, {});
  EXPECT_NE(text.find("time-wait: server-closes-first  in network namespace rds\n"), std::string::npos)
      << text;
  // Without names it is their numbers.
  for (Connection& c : copies) c.netns_name.clear();
  const auto unnamed = run(evidence, &topic());
  EXPECT_EQ(find(unnamed, "server-closes-first")->place, std::to_string(kNetns));
  // Where everything is in one, nothing is said.
  const auto alone = run(world.evidence(), &topic());
  EXPECT_EQ(find(alone, "server-closes-first")->place, "");
  EXPECT_EQ(find(alone, "server-closes-first")->summary.find("namespace"), std::string::npos);
}

// 100 ports, 30 of them reserved, with listeners on all 30, and two more listeners: connect() gets 68.
TEST(TimeWait, APortThatIsReservedAndTakenIsSubtractedOnce) {
  World world;
  world.set("sysctl.ip_local_port_range.low", 40000);
  world.set("sysctl.ip_local_port_range.high", 40099);
  world.set("sysctl.ip_local_reserved_ports.in_range", 30);
  world.set("sysctl.ip_local_reserved_ports.run.40000", 40019);
  world.set("sysctl.ip_local_reserved_ports.run.40050", 40059);
  for (std::uint16_t i = 0; i < 20; ++i) world.listener(kServer, static_cast<std::uint16_t>(40000 + i), 128);
  for (std::uint16_t i = 0; i < 10; ++i) world.listener(kServer, static_cast<std::uint16_t>(40050 + i), 128);
  world.listener(kServer, 40030, 128);
  world.listener(kServer, 40090, 128);
  for (std::size_t i = 0; i < 68; ++i)
    establish(world.active(kClient, static_cast<std::uint16_t>(40020 + i), kThere, 80), 1, 1.001);
  fail_without_port(world.active(kClient, 0, kThere, 80), 2);
  const auto findings = run(world.evidence(), &topic());
  const Finding* finding = find(findings, "port-exhaustion");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(number(*finding, "ports_available"), 68);
  EXPECT_EQ(number(*finding, "ports_reserved"), 30);
  EXPECT_EQ(number(*finding, "ports_bound"), 2);
  EXPECT_NE(finding->summary.find("all 68 local ports are taken"), std::string::npos) << finding->summary;
}

TEST(TimeWait, WherePortsOfAnOlderCaptureAreReservedTheyAreThoseOfListeners) {
  World world;
  world.set("sysctl.ip_local_port_range.low", 40000);
  world.set("sysctl.ip_local_port_range.high", 40099);
  world.set("sysctl.ip_local_reserved_ports.in_range", 30);
  for (std::uint16_t i = 0; i < 30; ++i) world.listener(kServer, static_cast<std::uint16_t>(40000 + i), 128);
  fail_without_port(world.active(kClient, 0, kThere, 80), 2);
  const auto findings = run(world.evidence(), &topic());
  EXPECT_EQ(number(*find(findings, "port-exhaustion"), "ports_available"), 70);
}

TEST(TimeWait, OverflowsOfTheBucketsAreReported) {
  World world = server_storm();
  world.set("sysctl.tcp_max_tw_buckets", 20000);
  world.count("TcpExt.TCPTimeWaitOverflow", 1234);
  const auto findings = run(world.evidence(), &topic());
  const Finding* finding = find(findings, "bucket-overflow");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, Severity::warning);
  EXPECT_EQ(number(*finding, "bucket_overflows"), 1234);
  EXPECT_NE(finding->summary.find("webserver/77"), std::string::npos) << finding->summary;
}

TEST(TimeWait, SaysThatFinTimeoutIsNoRemedy) {
  for (const World& world : {client_storm(), server_storm(), healthy()}) {
    bool said = false;
    for (const Finding& finding : run(world.evidence(), &topic())) {
      for (const std::string& note : finding.notes)
        said |= note.find("tcp_fin_timeout does not shorten") != std::string::npos;
      for (const Advice& advice : finding.advice)
        EXPECT_EQ(advice.command.find("tcp_fin_timeout"), std::string::npos) << advice.command;
    }
    EXPECT_TRUE(said);
  }
}

TEST(TimeWait, FinWait2IsToldApart) {
  World world(10);
  for (std::size_t i = 0; i < 30; ++i) {
    Connection& c = world.active(kClient, static_cast<std::uint16_t>(40000 + i), kThere, 8080);
    establish(c, 1, 1.001);
    wait_in_fin_wait2(c, 2);
  }
  // This one has just closed: most likely it is in TIME_WAIT, and no look at the table has shown it yet.
  Connection& fresh = world.active(kClient, 41000, kThere, 8080);
  establish(fresh, 9, 9.001);
  wait_in_fin_wait2(fresh, 9.9);
  const auto findings = run(world.evidence(), &topic());
  const Finding* waiting = find(findings, "fin-wait2");
  ASSERT_NE(waiting, nullptr);
  EXPECT_EQ(number(*waiting, "fin_wait2"), 30);
  EXPECT_EQ(number(*waiting, "waiting_p50_s"), 8);
  const Finding* overview = find(findings, "time-wait");
  ASSERT_NE(overview, nullptr);
  EXPECT_EQ(number(*overview, "live_client"), 1);
  EXPECT_NE(overview->summary.find("1 socket in TIME_WAIT"), std::string::npos) << overview->summary;
}

TEST(TimeWait, ReuseSeenIsCounted) {
  World world(10);
  for (std::size_t i = 0; i < 5; ++i) {
    Connection& c =
        world.active(kClient, static_cast<std::uint16_t>(40000 + i), "127.0.0.1", 8080, "127.0.0.1");
    establish(c, 1, 1.001);
    close_first(c, 2, 10);
    be_reused(c, 4);
  }
  world.count("TcpExt.TWRecycled", 3);
  const auto findings = run(world.evidence(), &topic());
  const Finding* overview = find(findings, "time-wait");
  ASSERT_NE(overview, nullptr);
  EXPECT_EQ(number(*overview, "reused"), 5);
}

TEST(TimeWait, SocketsFoundByTheFirstSnapshotCountButHaveNoName) {
  World world = client_storm();
  for (std::size_t i = 0; i < 15000; ++i) {  // closed before anybody looked
    Connection& c = world.active({}, static_cast<std::uint16_t>(40001 + i), kThere, 8080);
    c.direction = Direction::unknown;
    c.existed_before = c.ended = c.time_wait = true;
    c.state = TcpState::time_wait;
    c.time_wait_expires = at(50);
  }
  const auto findings = run(world.evidence(), &topic());
  const Finding* finding = find(findings, "port-exhaustion");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(number(*finding, "ports_in_use"), 35000);
  EXPECT_NEAR(number(*finding, "exhausted_in_s"), 1, 0.05);
  EXPECT_TRUE(finding->summary.starts_with("loadgen/812 takes ")) << finding->summary;
  EXPECT_EQ(number(*find(findings, "time-wait"), "process_share"), 1);
}

TEST(TimeWait, AClientOfManyProcessesIsOneCulprit) {
  World world(3);
  world.set("sysctl.ip_local_port_range.high", 32768 + 1999);
  for (std::size_t i = 0; i < 1500; ++i) {
    const double begin = static_cast<double>(i) * 0.002;
    Connection& c = world.active({static_cast<std::uint32_t>(5000 + i), "curl"},
                                 static_cast<std::uint16_t>(32768 + i), kThere, 8080);
    establish(c, begin, begin);
    close_first(c, begin, 3);
  }
  const auto findings = run(world.evidence(), &topic());
  const Finding* finding = find(findings, "port-exhaustion");
  ASSERT_NE(finding, nullptr);
  EXPECT_NE(finding->summary.find("curl/5000, curl/5001, curl/5002 and 1497 more"), std::string::npos)
      << finding->summary;
}

}  // namespace
}  // namespace conntrail::diagnose
