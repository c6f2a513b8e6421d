// A record as it was earlier.
#include "rewind.h"

#include <gtest/gtest.h>

namespace conntrail::observe {
namespace {

// SYN_SENT at 1, ESTABLISHED at 2, FIN_WAIT1 at 5, a time-wait socket at 6 that went at 60.
Connection whole_life() {
  Connection c;
  c.trail = {{TcpState::syn_sent, {1}, {2}},
             {TcpState::established, {2}, {5}},
             {TcpState::fin_wait1, {5}, {6}},
             {TcpState::time_wait, {6}, {60}}};
  c.marks = {{MarkKind::retransmit, {3}}, {MarkKind::reset_received, {59}}};
  c.state = TcpState::close;
  c.state_since = {60};
  c.opened = {1};
  c.established = {2};
  c.closed = {6};
  c.ended = c.gone = c.time_wait = true;
  c.end_reason = EndReason::normal;
  c.time_wait_entered = {6};
  return c;
}

TEST(Rewind, IntoTheMiddle) {
  Connection c = whole_life();
  rewind(c, {4});
  EXPECT_EQ(c.state, TcpState::established);
  EXPECT_EQ(c.state_since, MonoTime{2});
  EXPECT_FALSE(c.ended);
  EXPECT_FALSE(c.gone);
  EXPECT_FALSE(c.time_wait);
  EXPECT_FALSE(c.closed.known());
  EXPECT_FALSE(c.time_wait_entered.known());
  EXPECT_EQ(c.end_reason, EndReason::unknown);
  EXPECT_EQ(c.trail,
            (std::vector<TrailStep>{{TcpState::syn_sent, {1}, {2}}, {TcpState::established, {2}, {}}}));
  ASSERT_EQ(c.marks.size(), 1U);
  EXPECT_EQ(c.marks[0].time, MonoTime{3});
}

TEST(Rewind, IntoTimeWait) {
  Connection c = whole_life();
  rewind(c, {30});
  EXPECT_EQ(c.state, TcpState::time_wait);
  EXPECT_TRUE(c.ended);
  EXPECT_TRUE(c.time_wait);
  EXPECT_FALSE(c.gone);
  EXPECT_EQ(c.trail.back(), (TrailStep{TcpState::time_wait, {6}, {}}));
}

TEST(Rewind, NothingCameLater) {
  Connection c = whole_life();
  const Connection before = c;
  rewind(c, {60});
  EXPECT_EQ(c.state, TcpState::close);
  EXPECT_TRUE(c.gone);
  EXPECT_EQ(c.trail, before.trail);
  EXPECT_EQ(c.marks.size(), 2U);
}

// Found by a snapshot: when it came into its state is not known, so that stays.
TEST(Rewind, UnknownTimesStay) {
  Connection c;
  c.state = TcpState::established;
  c.trail = {{TcpState::established, {}, {}}};
  rewind(c, {4});
  EXPECT_EQ(c.state, TcpState::established);
  EXPECT_EQ(c.trail.size(), 1U);
}

}  // namespace
}  // namespace conntrail::observe
