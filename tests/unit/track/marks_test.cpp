// When segments were sent again, resets came and owners changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "lives.h"

namespace conntrail::track::script {
namespace {

using ::testing::ElementsAre;
using enum MarkKind;

Ev sent_again(const Socket& socket, TcpState state) { return {socket, EventKind::retransmit, state, state}; }

std::vector<MarkKind> kinds(const Connection& c) {
  std::vector<MarkKind> out;
  for (const Mark& mark : c.marks) out.push_back(mark.kind);
  return out;
}

TEST(Marks, none_cost_nothing) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100) + closes_second(kClient, kCurl, 500, 600));
  EXPECT_EQ(stage.get(12).marks.capacity(), 0U);
}

TEST(Marks, retransmits_of_the_handshake_and_of_data) {
  Stage stage;
  stage.play({Ev(kClient, close, syn_sent).at(1).by(kCurl), sent_again(kClient, syn_sent).at(1000),
              Ev(kClient, syn_sent, established).at(1010), sent_again(kClient, established).at(2000)});
  const Connection& c = stage.get(12);
  EXPECT_THAT(c.marks, ElementsAre(Mark{syn_retransmit, us(1000), 0, 0}, Mark{retransmit, us(2000), 0, 0}));
}

TEST(Marks, resets) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, EventKind::reset_received, established, established).at(500),
              Ev(kClient, established, close).at(501).error(ECONNRESET),
              Ev(kClient, EventKind::reset_sent, close, close).at(502)});
  EXPECT_THAT(stage.get(12).marks,
              ElementsAre(Mark{reset_received, us(500), 0, 0}, Mark{reset_sent, us(502), 0, 0}));
}

TEST(Marks, another_owner_but_not_better_evidence_for_the_first) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1));
  stage.play(connects(kClient, kCurl, 100));
  stage.play(is_accepted(kServer, 100));
  stage.play(closes_second(kClient, kWorker, 500, 600));
  stage.play({Ev(kServer, established, fin_wait1).at(490).by(kWorker).shut(3)});
  EXPECT_THAT(stage.get(12).marks, ElementsAre(Mark{owner, us(600), kCurl.pid, kWorker.pid}));
  EXPECT_TRUE(stage.get(13).marks.empty()) << "the listener's owner was only inherited";
}

TEST(Marks, are_by_time_whatever_order_they_come_in) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({sent_again(kClient, established).at(900),
              Ev(kClient, EventKind::reset_received, established, established).at(700),
              sent_again(kClient, established).at(800)});
  EXPECT_THAT(kinds(stage.get(12)), ElementsAre(reset_received, retransmit, retransmit));
}

TEST(Marks, are_bounded_and_the_rest_is_counted) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  for (int i = 0; i < 40; ++i) stage.play({sent_again(kClient, established).at(1000 + i)});
  stage.play({Ev(kClient, EventKind::reset_received, established, established).at(5000)});
  const Connection& c = stage.get(12);
  ASSERT_EQ(c.marks.size(), kMostMarks);
  EXPECT_EQ(c.marks_dropped, 9U);
  EXPECT_EQ(c.marks.front().time, us(1000));
  EXPECT_EQ(c.marks[kMostMarks - 2].time, us(1000 + 30)) << "the first retransmits are kept";
  EXPECT_EQ(c.marks.back().kind, reset_received) << "a reset is worth more than one retransmit of many";
  EXPECT_EQ(c.retransmits, 40U);
}

}  // namespace
}  // namespace conntrail::track::script
