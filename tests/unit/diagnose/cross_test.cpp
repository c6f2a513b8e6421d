// Every trouble is run through all topics: exactly its own finding comes out above info.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "conntrail/view/finding_text.h"
#include "scenarios.h"

namespace conntrail::diagnose {
namespace {

using namespace test;

std::string text_of(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) view::append_finding_text(out, finding, {});
  return out;
}

void expect_only(const World& world, const std::set<std::string>& expected) {
  const Evidence evidence = world.evidence();
  const std::vector<Finding> findings = run(evidence);
  EXPECT_EQ(complaints(findings), expected) << text_of(findings);
}

TEST(Cross, AHealthyHostHasNothingAboveInfo) { expect_only(healthy(), {}); }
TEST(Cross, ClientStorm) { expect_only(client_storm(), {"time-wait/port-exhaustion"}); }
TEST(Cross, ServerStorm) { expect_only(server_storm(), {"time-wait/server-closes-first"}); }
TEST(Cross, LeakingServer) { expect_only(leaking_server(), {"close-wait/close-wait-leak"}); }
TEST(Cross, OverflowingListener) { expect_only(overflowing_listener(), {"listen/accept-queue-overflow"}); }
TEST(Cross, SynFlood) { expect_only(syn_flood(), {"listen/syn-queue"}); }
TEST(Cross, LossyPath) { expect_only(lossy_path(), {"retransmit/loss"}); }
TEST(Cross, RefusedPort) { expect_only(refused_port(), {"connect/refused"}); }
TEST(Cross, BlackHoleBesideRefusedPort) {
  expect_only(black_hole_beside_refused_port(), {"connect/black-hole", "connect/refused"});
}
TEST(Cross, SlowPath) { expect_only(slow_path(), {"connect/slow-path"}); }
TEST(Cross, LostSyns) { expect_only(lost_syns(), {"connect/lost-syn"}); }
TEST(Cross, UnreadData) { expect_only(unread_data(), {"retransmit/resets"}); }
TEST(Cross, PeersThatNeverClose) { expect_only(peers_that_never_close(), {"time-wait/fin-wait2"}); }

TEST(Cross, AnEmptyHostHasNoFindings) {
  const World world;
  EXPECT_TRUE(run(world.evidence()).empty());
  EXPECT_TRUE(run(Evidence{}).empty());
}

}  // namespace
}  // namespace conntrail::diagnose
