// Where nothing is wrong nothing is said to be; where little can be seen, little is said.
#include <fcntl.h>

#include <chrono>
#include <csignal>

#include "diagnosis.h"

namespace conntrail::live {
namespace {

using std::chrono::seconds;
using test::Call;
using test::LoadProcess;
using test::Serve;

constexpr std::uint16_t kPort = 8080;

class Healthy : public Diagnose {
 protected:
  LoadProcess server{"ct-server", cable.server(), test::server({.port = kPort, .serve = Serve::sink})};
  LoadProcess talkers{"ct-talker", cable.client(),
                      test::client({.port = kPort, .per_second = 100, .most = 3, .call = Call::stream})};
  LoadProcess visitors{"ct-visitor", cable.client(), test::client({.port = kPort, .per_second = 20})};
};

TEST_F(Healthy, NothingCritical) {
  const Diagnosis diagnosis = diagnose_both({"--for", "2s"});
  EXPECT_EQ(diagnosis.status, 0) << Json(diagnosis.findings);
  diagnosis.expect_nothing_worse_but({});
  EXPECT_EQ(diagnosis.evidence.value("source", ""), "events");
  EXPECT_EQ(diagnosis.evidence.value("events_lost", 1U), 0U);
  // Each end of each connection that lived meanwhile, and the listener.
  EXPECT_GE(diagnosis.evidence.value("connections", 0U), 2 * (3 + 2 * 20) + 1U);
}

TEST_F(Healthy, EndedEarlyItDiagnosesWhatWasSeen) {
  const Diagnosis diagnosis = diagnose_both({"--for", "1h"}, [](Tool& tool) {
    pause_for(seconds(1));
    tool.signal(SIGINT);
  });
  EXPECT_EQ(diagnosis.status, 0) << Json(diagnosis.findings);
  EXPECT_GE(diagnosis.evidence.value("duration_us", 0.0), 1e6);
  EXPECT_LT(diagnosis.evidence.value("duration_us", 0.0), 10e6);
  EXPECT_NE(diagnosis.err.find("ended after"), std::string::npos) << diagnosis.err;
}

TEST_F(Healthy, OneTopicAndAFilter) {
  const Diagnosis diagnosis = diagnose_both({"time-wait", "--for", "1s", "dport", "=", ":8080"});
  EXPECT_EQ(diagnosis.status, 0) << diagnosis.err;
  EXPECT_GT(diagnosis.evidence.value("connections", 0U), 0U);
  for (const Json& finding : diagnosis.findings)
    EXPECT_EQ(finding.value("topic", ""), "time-wait") << finding;
}

TEST_F(Healthy, ComparingSnapshotsSaysSo) {
  const Diagnosis diagnosis = diagnose_both({"--poll", "--for", "2s"});
  EXPECT_EQ(diagnosis.status, 0) << Json(diagnosis.findings);
  EXPECT_EQ(diagnosis.evidence.value("source", ""), "snapshots");
  EXPECT_NE(diagnosis.err.find("snapshots"), std::string::npos) << diagnosis.err;
  diagnosis.expect_nothing_worse_but({});
}

TEST_F(Healthy, WithoutPrivilege) {
  const UniqueFd where(::open(cable.client().path().c_str(), O_RDONLY | O_CLOEXEC));
  Tool tool(ToolOptions{.arguments = {"diagnose", "--json", "--netns", "self", "--for", "2s"},
                        .as_nobody = true,
                        .network_namespace = where.get()});
  const Finished finished = tool.wait(seconds(20));
  EXPECT_EQ(finished.status, 0) << finished.err << tool.out();
  EXPECT_NE(finished.err.find("no kernel events"), std::string::npos) << finished.err;
  ASSERT_FALSE(tool.lines().empty()) << finished.err;
  EXPECT_EQ(tool.lines()[0].value("source", ""), "snapshots");
  EXPECT_GE(tool.lines()[0].value("connections", 0U), 3U);
  for (const Json& finding : tool.lines()) {
    if (finding.value("type", "") != "finding") continue;
    EXPECT_EQ(finding.value("severity", ""), "info") << finding;
    // Other users' processes cannot be read: no name is better than a wrong one.
    EXPECT_TRUE(fact(finding, "pid").is_null()) << finding;
  }
}

TEST_F(Healthy, WordsThatAreNoTopic) {
  const ToolRun typo = run_tool({"diagnose", "time-wiat"});
  EXPECT_EQ(typo.status, 2);
  EXPECT_NE(typo.err.find("time-wait"), std::string::npos) << typo.err;
  EXPECT_EQ(run_tool({"diagnose", "--for", "soon"}).status, 2);
}

}  // namespace
}  // namespace conntrail::live
