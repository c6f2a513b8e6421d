#include "trail_text.h"

#include <gtest/gtest.h>

#include "conntrail/base/text.h"
#include "conntrail/view/line.h"
#include "samples.h"

namespace conntrail::view {
namespace {

using namespace samples;

TEST(Trail, OldestFirstWithTheTimeInEachState) {
  const Connection c = established_client();
  EXPECT_EQ(trail_text(c, c.established + 3s), "SYN_SENT 1.23ms › ESTABLISHED 3.00s");
}

TEST(Trail, UnknownTimesAreMarked) {
  EXPECT_EQ(trail_text(listener(), kNoon), "LISTEN ?");
  EXPECT_EQ(trail_text(bare(), kNoon), "");
}

TEST(Trail, TheLastCloseHasNoDuration) {
  EXPECT_EQ(trail_text(syn_timeout(), kNoon + 500s), "SYN_SENT 2m07s › CLOSE");
  Connection c = time_wait_client();
  c.gone = true;
  c.trail.back().left = c.time_wait_expires;
  c.trail.push_back({TcpState::close, c.time_wait_expires, {}});
  c.trail_dropped = 0;
  EXPECT_EQ(
      trail_text(c, kNoon + 500s),
      "SYN_SENT 1.23ms › ESTABLISHED 3.40s › FIN_WAIT1 41.0µs › FIN_WAIT2 2.50ms › TIME_WAIT 60.0s › CLOSE");
}

TEST(Trail, CloseWithADescriptorStillOpenIsAStateLikeOthers) {
  Connection c = syn_timeout();
  c.ended = c.gone = false;
  EXPECT_EQ(trail_text(c, c.state_since + 5s), "SYN_SENT 2m07s › CLOSE 5.00s");
}

TEST(Trail, WithoutThePresentState) {
  const Connection c = established_client();
  EXPECT_EQ(trail_text(c, {.now = kNoon + 9s, .with_present = false}), "SYN_SENT 1.23ms");
  EXPECT_EQ(trail_text(listener(), {.now = kNoon, .with_present = false}), "");
}

TEST(Trail, StepsLetGoByTheTrackerShow) {
  Connection c = established_client();
  c.trail_dropped = 1;
  EXPECT_EQ(trail_text(c, c.established + 3s), "… › SYN_SENT 1.23ms › ESTABLISHED 3.00s");
}

TEST(Trail, GivesWayFromTheOldEnd) {
  Connection c = time_wait_client();
  c.trail_dropped = 0;
  const auto cut = [&c](std::size_t most) {
    return trail_text(c, {.now = c.state_since + 5s, .most = most});
  };
  const std::string whole =
      "SYN_SENT 1.23ms › ESTABLISHED 3.40s › FIN_WAIT1 41.0µs › FIN_WAIT2 2.50ms › TIME_WAIT 5.00s";
  const std::size_t width = display_width(whole);
  EXPECT_EQ(cut(width), whole);
  EXPECT_EQ(cut(width - 1), "… › ESTABLISHED 3.40s › FIN_WAIT1 41.0µs › FIN_WAIT2 2.50ms › TIME_WAIT 5.00s");
  EXPECT_EQ(cut(19), "… › TIME_WAIT 5.00s");
  EXPECT_EQ(cut(18), "…");
  EXPECT_EQ(cut(0), "");
  for (std::size_t most = 0; most <= width; ++most) EXPECT_LE(display_width(cut(most)), most);
}

}  // namespace
}  // namespace conntrail::view
