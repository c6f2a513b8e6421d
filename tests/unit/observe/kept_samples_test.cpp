// The bounded memory of samples.
#include "kept_samples.h"

#include <gtest/gtest.h>

namespace conntrail::observe {
namespace {

HostSample sample(std::uint32_t netns, std::int64_t at) {
  HostSample one;
  one.netns = netns;
  one.time = {at};
  return one;
}

std::vector<std::int64_t> times_of(const std::vector<HostSample>& samples, std::uint32_t netns) {
  std::vector<std::int64_t> times;
  for (const HostSample& one : samples) {
    if (one.netns == netns) times.push_back(one.time.ns);
  }
  return times;
}

TEST(KeptSamples, AllWhileThereIsRoom) {
  std::vector<HostSample> kept;
  keep_samples(kept, {sample(1, 1), sample(2, 1)}, 3);
  keep_samples(kept, {sample(1, 2)}, 3);
  EXPECT_EQ(times_of(kept, 1), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(times_of(kept, 2), (std::vector<std::int64_t>{1}));
}

TEST(KeptSamples, EverySecondOfEachNamespaceGoes) {
  std::vector<HostSample> kept;
  std::vector<HostSample> more;
  for (std::int64_t at = 1; at <= 7; ++at) {
    more.push_back(sample(1, at));
    more.push_back(sample(2, at));
  }
  keep_samples(kept, more, 13);
  for (const std::uint32_t netns : {1U, 2U}) {
    EXPECT_EQ(times_of(kept, netns), (std::vector<std::int64_t>{1, 3, 5, 7})) << netns;
  }
}

TEST(KeptSamples, StaysBoundedForEver) {
  std::vector<HostSample> kept;
  constexpr std::int64_t kTimes = 10'000;
  for (std::int64_t at = 1; at <= kTimes; ++at) {
    keep_samples(kept, {sample(1, at)}, 100);
    ASSERT_LE(kept.size(), 100U);
  }
  EXPECT_EQ(kept.front().time.ns, 1);
  EXPECT_EQ(kept.back().time.ns, kTimes);
}

}  // namespace
}  // namespace conntrail::observe
