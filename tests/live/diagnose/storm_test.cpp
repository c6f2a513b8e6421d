// The storm: one process opens and closes 5 000 connections a second to one port of one host.
#include <algorithm>
#include <chrono>
#include <cmath>

#include "diagnosis.h"

namespace conntrail::live {
namespace {

using std::chrono::seconds;
using test::Call;
using test::LoadProcess;
using test::Serve;

constexpr std::uint16_t kPort = 8080;
constexpr double kPerSecond = 5000;

class Storm : public Diagnose {
 protected:
  Storm() {
    // 40 000 ports: eight seconds of the storm.
    test::Cable::sysctl(cable.client(), "net.ipv4.ip_local_port_range", "20000 59999");
    for (const auto* where : {&cable.client(), &cable.server()}) {
      test::Cable::sysctl(*where, "net.ipv4.tcp_max_tw_buckets", "200000");
    }
  }

  // What the client did while the tool watched, by its own count.
  struct Truth {
    std::uint64_t done = 0;
    std::uint64_t at_ns = 0;
  };
  static Truth count(const LoadProcess& client) { return {client.report().closed, monotonic_ns()}; }
  static double rate(const Truth& from, const Truth& to) {
    return static_cast<double>(to.done - from.done) / static_cast<double>(to.at_ns - from.at_ns) * 1e9;
  }
};

TEST_F(Storm, OfTheClientEndsWithoutPorts) {
  const LoadProcess server("storm-server", cable.server(), test::server({.port = kPort}));
  const LoadProcess client("storm-client", cable.client(),
                           test::client({.port = kPort, .per_second = kPerSecond}));
  Truth begin;
  const Diagnosis diagnosis = diagnose_both({"--for", "3s"}, [&](Tool&) { begin = count(client); });
  const Truth end = count(client);
  ASSERT_EQ(client.report().no_port_at, 0) << "the storm ended before the observation did";

  EXPECT_EQ(diagnosis.status, 1) << diagnosis.err;
  const Json* finding = diagnosis.find("port-exhaustion");
  ASSERT_NE(finding, nullptr) << Json(diagnosis.findings);
  EXPECT_EQ(finding->value("severity", ""), "critical");
  EXPECT_EQ(fact(*finding, "comm"), "storm-client");
  EXPECT_EQ(fact(*finding, "pid"), client.pid());
  EXPECT_EQ(fact(*finding, "remote_addr"), test::Cable::kServerAddress);
  EXPECT_EQ(fact(*finding, "remote_port"), kPort);
  EXPECT_EQ(fact(*finding, "ports_available"), 40000);
  const double truth = rate(begin, end);
  EXPECT_NEAR(fact(*finding, "entries_per_s").get<double>(), truth, 0.05 * truth);
  diagnosis.expect_nothing_worse_but({"port-exhaustion"});

  ASSERT_TRUE(eventually([&] { return client.report().no_port_at != 0; }, seconds(20)));
  const double said = fact(*finding, "exhausted_in_s").get<double>();
  const auto observed_until = diagnosis.evidence.at("mono_ns").get<std::int64_t>();
  const double came = static_cast<double>(client.report().no_port_at - observed_until) / 1e9;
  EXPECT_NEAR(said, came, 0.1 * came);
  EXPECT_EQ(client.report().done, 40000U) << "each port was used once";
}

TEST_F(Storm, WhereTheServerClosesFirstIsToldApart) {
  const LoadProcess server("storm-server", cable.server(),
                           test::server({.port = kPort, .serve = Serve::close_first}));
  const LoadProcess client(
      "storm-client", cable.client(),
      test::client({.port = kPort, .per_second = kPerSecond, .call = Call::await_close}));
  Truth begin;
  const Diagnosis diagnosis =
      diagnose_both({"time-wait", "--for", "2s"}, [&](Tool&) { begin = count(client); });
  const Truth end = count(client);
  client.report().stop = true;

  const Json* finding = diagnosis.find("server-closes-first");
  ASSERT_NE(finding, nullptr) << Json(diagnosis.findings);
  EXPECT_EQ(fact(*finding, "comm"), "storm-server");
  EXPECT_EQ(fact(*finding, "pid"), server.pid());
  const double truth = rate(begin, end);
  EXPECT_NEAR(fact(*finding, "entries_per_s").get<double>(), truth, 0.05 * truth);
  EXPECT_EQ(diagnosis.find("port-exhaustion"), nullptr);
}

}  // namespace
}  // namespace conntrail::live
