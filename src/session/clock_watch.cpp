#include "conntrail/session/clock_watch.h"

namespace conntrail::session {
namespace {

constexpr Nanoseconds kInterval = std::chrono::milliseconds(400);
// CLOCK_MONOTONIC is slewed together with the wall clock, so their difference is constant until somebody sets
// the clock. Measuring it errs by microseconds, NTP slews what is less than this.
constexpr Nanoseconds kClockStep = std::chrono::milliseconds(100);

}  // namespace

std::optional<WallClock> ClockWatch::step(MonoTime now) {
  if (now - asked_ < kInterval) return std::nullopt;
  asked_ = now;
  const WallClock measured = WallClock::measure();
  const Nanoseconds step{measured.offset_ns() - clock_.offset_ns()};
  if (std::chrono::abs(step) < kClockStep) return std::nullopt;
  clock_ = measured;
  return measured;
}

}  // namespace conntrail::session
