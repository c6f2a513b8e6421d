#include "conntrail/session/clock_watch.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace conntrail::session {
namespace {

constexpr std::int64_t kHour = 3'600'000'000'000;
constexpr std::int64_t kTolerance = 50'000'000;

TEST(ClockWatch, TellsTheNewClockOnceAfterAStep) {
  const WallClock right = WallClock::measure();
  ClockWatch watch(WallClock::with_offset(right.offset_ns() - kHour));  // an hour behind: then it was set
  const auto set = watch.step(mono_now());
  ASSERT_TRUE(set);
  EXPECT_LT(std::abs(set->offset_ns() - right.offset_ns()), kTolerance);
  EXPECT_FALSE(watch.step(mono_now() + std::chrono::seconds(1)));
  EXPECT_EQ(watch.clock().offset_ns(), set->offset_ns());
}

TEST(ClockWatch, SaysNothingWhileTheClockRuns) {
  ClockWatch watch;
  EXPECT_FALSE(watch.step(mono_now()));
  EXPECT_FALSE(watch.step(mono_now() + std::chrono::seconds(1)));
}

TEST(ClockWatch, AsksNotMoreOftenThanNeeded) {
  ClockWatch watch(WallClock::with_offset(0));
  const MonoTime now = mono_now();
  EXPECT_TRUE(watch.step(now));
  watch = ClockWatch(WallClock::with_offset(0));
  EXPECT_TRUE(watch.step(now));
  EXPECT_FALSE(watch.step(now + std::chrono::milliseconds(100)));
}

}  // namespace
}  // namespace conntrail::session
