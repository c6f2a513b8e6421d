#include "conntrail/session/time_wait_ledger.h"

#include <gtest/gtest.h>

namespace conntrail::session {
namespace {

constexpr std::uint32_t kNetns = 4026531840;

TEST(TimeWaitLedger, FewerThanWeKnowMeansThatSomeAreGone) {
  TimeWaitLedger ledger;
  EXPECT_FALSE(ledger.has_fewer(kNetns, 3, 3, true));
  EXPECT_FALSE(ledger.has_fewer(kNetns, 5, 3, true)) << "two more came in between";
  EXPECT_TRUE(ledger.has_fewer(kNetns, 2, 3, true));
  EXPECT_FALSE(ledger.has_fewer(kNetns, 2, 2, true)) << "they were looked at";
  EXPECT_TRUE(ledger.has_fewer(kNetns, 1, 2, true)) << "another one";
}

// With a filter the kernel has some that we do not know.
TEST(TimeWaitLedger, WithAFilterTheDifferenceMustNotShrink) {
  TimeWaitLedger ledger;
  EXPECT_FALSE(ledger.has_fewer(kNetns, 103, 3, false));
  EXPECT_FALSE(ledger.has_fewer(kNetns, 104, 4, false));
  EXPECT_TRUE(ledger.has_fewer(kNetns, 103, 4, false));
  EXPECT_FALSE(ledger.has_fewer(kNetns, 102, 3, false));
  EXPECT_FALSE(ledger.has_fewer(kNetns + 1, 7, 1, false)) << "each namespace for itself";
}

}  // namespace
}  // namespace conntrail::session
