// What a connection has sent again, where not everything of it was seen.
#include <gtest/gtest.h>

#include "lives.h"
#include "script.h"

namespace conntrail::track::script {
namespace {

SocketRow counted(SocketRow row, std::uint32_t total) {
  row.total_retransmits = total;
  return row;
}

TEST(Retransmits, OfAConnectionThatWasThereAreNotKnownWithoutItsOwnCount) {
  Stage stage;
  stage.look(scope(10, 20), {row(kClient, established)});
  EXPECT_TRUE(stage.get(12).retransmits_unknown);
  EXPECT_TRUE(stage.get(12).syn_retransmits_unknown);
  stage.look(scope(30, 40), {counted(row(kClient, established), 3)});
  EXPECT_FALSE(stage.get(12).retransmits_unknown);
  EXPECT_EQ(stage.get(12).retransmits, 3U);
  EXPECT_TRUE(stage.get(12).syn_retransmits_unknown) << "how many of the three were SYNs?";
}

TEST(Retransmits, NoneInAllAreNoneInTheHandshake) {
  Stage stage;
  stage.look(scope(10, 20), {counted(row(kClient, established), 0)});
  EXPECT_FALSE(stage.get(12).retransmits_unknown);
  EXPECT_FALSE(stage.get(12).syn_retransmits_unknown);
}

TEST(Retransmits, OfAHandshakeAreItsOwn) {
  Stage stage;
  stage.look(scope(10, 20), {counted(row(kClient, syn_sent), 2)});
  EXPECT_EQ(stage.get(12).syn_retransmits, 2U);
  EXPECT_FALSE(stage.get(12).syn_retransmits_unknown);
}

TEST(Retransmits, OfAConnectThatFailedAreSyns) {
  Stage stage;
  SocketStats stats;
  stats.segments_out = 2;
  stats.retransmits = 1;
  stage.play({Ev(kClient, close, syn_sent).at(100).by(kCurl),
              Ev(kClient, syn_sent, close).at(3 * kSecond).by(kCurl).shut(3).final().stats(stats)});
  EXPECT_EQ(stage.get(12).retransmits, 1U);
  EXPECT_EQ(stage.get(12).syn_retransmits, 1U);
}

TEST(Retransmits, AreKnownOfWhatWasSeenToOpen) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  EXPECT_FALSE(stage.get(12).retransmits_unknown);
  EXPECT_FALSE(stage.get(12).syn_retransmits_unknown);
}

TEST(Retransmits, AreToldByTheFirstThatIsSeen) {
  Stage stage;
  stage.look(scope(10, 20), {row(kClient, established)});
  stage.play({Ev(kClient, EventKind::retransmit, established, established).at(500).sent_again(4)});
  EXPECT_EQ(stage.get(12).retransmits, 4U);
  EXPECT_FALSE(stage.get(12).retransmits_unknown);
}

TEST(Retransmits, OfATimeWaitSocketNobodyKnows) {
  Stage stage;
  stage.look(scope(10, 20), {time_wait_row(kClient, time_wait, std::chrono::seconds(30))});
  EXPECT_TRUE(stage.get(12).retransmits_unknown);
}

// A listener counts the SYN-ACKs of others, and sends nothing of its own.
TEST(Retransmits, AreNotAListeners) {
  Stage stage;
  stage.look(scope(10, 20), {counted(row(kListener, listen), 7)});
  EXPECT_EQ(stage.get(kListener.cookie).retransmits, 0U);
  EXPECT_FALSE(stage.get(kListener.cookie).retransmits_unknown);
}

// Compared snapshots do not tell when they were sent.
TEST(Retransmits, OfPolledConnectionsAreKnownInAllOnly) {
  Stage stage;
  SnapshotScope first = scope(10, 20);
  first.emit_changes = true;
  stage.look(first, {});
  SnapshotScope second = scope(30, 40);
  second.emit_changes = true;
  stage.look(second, {counted(row(kClient, established), 1)});
  EXPECT_EQ(stage.get(12).retransmits, 1U);
  EXPECT_FALSE(stage.get(12).retransmits_unknown);
  EXPECT_TRUE(stage.get(12).syn_retransmits_unknown);
}

}  // namespace
}  // namespace conntrail::track::script
