// One cause at a time: each is named, with its culprit, and nothing else is blamed.
#include <chrono>

#include "diagnosis.h"

namespace conntrail::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Call;
using test::LoadProcess;
using test::Serve;

constexpr std::uint16_t kPort = 8080;

class Cause : public Diagnose {};

TEST_F(Cause, CloseWaitLeak) {
  const LoadProcess server("ct-leaker", cable.server(),
                           test::server({.port = kPort, .serve = Serve::never_close}));
  const LoadProcess client("ct-client", cable.client(), test::client({.port = kPort, .per_second = 100}));
  const Diagnosis diagnosis = diagnose({&cable.server()}, {"--for", "3s"});
  const std::uint64_t leaked = client.report().closed;

  const Json* finding = diagnosis.find("close-wait-leak");
  ASSERT_NE(finding, nullptr) << Json(diagnosis.findings);
  EXPECT_NE(finding->value("severity", ""), "info");
  EXPECT_EQ(fact(*finding, "comm"), "ct-leaker");
  EXPECT_EQ(fact(*finding, "pid"), server.pid());
  // The client went on for a moment after the last look.
  EXPECT_NEAR(fact(*finding, "close_wait").get<double>(), static_cast<double>(leaked), 60.0);
  diagnosis.expect_nothing_worse_but({"close-wait-leak"});
}

TEST_F(Cause, SmallBacklogAndSlowAccept) {
  const LoadProcess server(
      "ct-slow", cable.server(),
      test::server(
          {.port = kPort, .backlog = 4, .serve = Serve::never_close, .accept_every = milliseconds(200)}));
  const LoadProcess client("ct-client", cable.client(),
                           test::client({.port = kPort, .per_second = 40, .call = Call::keep}));
  const std::uint64_t before = counter(cable.server(), "TcpExt", "ListenOverflows");
  const Diagnosis diagnosis = diagnose({&cable.server()}, {"--for", "3s"});
  ASSERT_GT(counter(cable.server(), "TcpExt", "ListenOverflows"), before) << "the cause is there";

  EXPECT_EQ(diagnosis.status, 1) << diagnosis.err;
  const Json* finding = diagnosis.find("accept-queue-overflow");
  ASSERT_NE(finding, nullptr) << Json(diagnosis.findings);
  EXPECT_EQ(finding->value("severity", ""), "critical");
  EXPECT_EQ(fact(*finding, "comm"), "ct-slow");
  EXPECT_EQ(fact(*finding, "local_port"), kPort);
  EXPECT_EQ(fact(*finding, "backlog"), 4);
  diagnosis.expect_nothing_worse_but({"accept-queue-overflow"});
}

TEST_F(Cause, FivePercentLoss) {
  const LoadProcess server("ct-server", cable.server(), test::server({.port = kPort, .serve = Serve::sink}));
  const LoadProcess client("ct-sender", cable.client(),
                           test::client({.port = kPort, .per_second = 100, .most = 4, .call = Call::stream}));
  ASSERT_TRUE(eventually([&] { return client.report().done == 4; }, seconds(5)));
  cable.at_server_input("tcp dport 8080 numgen random mod 100 < 5 drop");
  const std::uint64_t before = counter(cable.client(), "Tcp", "RetransSegs");
  const Diagnosis diagnosis = diagnose({&cable.client()}, {"--for", "3s"});
  const std::uint64_t resent = counter(cable.client(), "Tcp", "RetransSegs") - before;
  ASSERT_GT(resent, 20U) << "the cause is there";

  const Json* finding = diagnosis.find("loss");
  ASSERT_NE(finding, nullptr) << Json(diagnosis.findings);
  EXPECT_NE(finding->value("severity", ""), "info");
  EXPECT_EQ(fact(*finding, "comm"), "ct-sender");
  EXPECT_EQ(fact(*finding, "remote_addr"), test::Cable::kServerAddress);
  EXPECT_GT(fact(*finding, "retransmits").get<std::uint64_t>(), resent / 2);
  EXPECT_LE(fact(*finding, "retransmits").get<std::uint64_t>(), resent);
  diagnosis.expect_nothing_worse_but({"loss"});
}

TEST_F(Cause, BlackHoleBesideARefusedPort) {
  constexpr std::uint16_t kHole = 81;
  constexpr std::uint16_t kNobody = 82;
  test::Cable::sysctl(cable.client(), "net.ipv4.tcp_syn_retries", "1");
  cable.at_server_input("tcp dport 81 drop");
  const LoadProcess server("ct-server", cable.server(), test::server({.port = kPort}));
  const LoadProcess lost("ct-lost", cable.client(),
                         test::client({.port = kHole, .per_second = 10, .call = Call::keep}));
  const LoadProcess refused("ct-refused", cable.client(), test::client({.port = kNobody, .per_second = 10}));
  const LoadProcess fine("ct-fine", cable.client(), test::client({.port = kPort, .per_second = 10}));
  const Diagnosis diagnosis = diagnose({&cable.client()}, {"--for", "5s"});

  const Json* hole = diagnosis.find("black-hole");
  ASSERT_NE(hole, nullptr) << Json(diagnosis.findings);
  EXPECT_NE(hole->value("severity", ""), "info");
  EXPECT_EQ(fact(*hole, "remote_addr"), test::Cable::kServerAddress);
  EXPECT_EQ(fact(*hole, "remote_port"), kHole);
  EXPECT_EQ(fact(*hole, "comm"), "ct-lost");
  const Json* nobody = diagnosis.find("refused");
  ASSERT_NE(nobody, nullptr) << Json(diagnosis.findings);
  EXPECT_NE(nobody->value("severity", ""), "info");
  EXPECT_EQ(fact(*nobody, "remote_port"), kNobody);
  EXPECT_EQ(fact(*nobody, "comm"), "ct-refused");
  diagnosis.expect_nothing_worse_but({"black-hole", "refused"});
}

}  // namespace
}  // namespace conntrail::live
