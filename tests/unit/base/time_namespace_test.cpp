#include "time_namespace.h"

#include <gtest/gtest.h>

#include <ctime>

#include "conntrail/base/clock.h"

namespace conntrail {
namespace {

TEST(TimeNamespace, ShiftIsReadInSecondsAndNanoseconds) {
  EXPECT_EQ(monotonic_shift_in("monotonic      100000         0\nboottime       7         0\n"),
            100'000'000'000'000);
  EXPECT_EQ(monotonic_shift_in("monotonic          -2  500000000\nboottime 0 0\n"), -1'500'000'000)
      << "the nanoseconds count forward";
  EXPECT_EQ(monotonic_shift_in("monotonic 0 0\n"), 0);
}

TEST(TimeNamespace, AnotherTextHasNone) {
  EXPECT_EQ(monotonic_shift_in(""), std::nullopt);
  EXPECT_EQ(monotonic_shift_in("boottime 5 0\n"), std::nullopt);
  EXPECT_EQ(monotonic_shift_in("monotonic x 0\n"), std::nullopt);
  EXPECT_EQ(monotonic_shift_in("monotonic 5\n"), std::nullopt);
}

// CLOCK_MONOTONIC as this process reads it, less the shift, is what mono_now() says.
TEST(TimeNamespace, ClockIsTheHosts) {
  timespec read{};
  ASSERT_EQ(::clock_gettime(CLOCK_MONOTONIC, &read), 0);
  const std::int64_t host = read.tv_sec * 1'000'000'000 + read.tv_nsec - time_namespace_shift();
  EXPECT_LT(mono_now().ns - host, 1'000'000'000);
  EXPECT_GE(mono_now().ns, host);
}

}  // namespace
}  // namespace conntrail
