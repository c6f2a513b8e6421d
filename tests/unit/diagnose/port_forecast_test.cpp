// The forecast alone, with numbers that can be checked by hand.
#include "port_forecast.h"

#include <gtest/gtest.h>

namespace conntrail::diagnose {
namespace {

PortDemand demand(double in_use, double capacity, double per_s) {
  PortDemand d;
  d.in_use = in_use;
  d.capacity = capacity;
  d.time_wait_per_s = per_s;
  d.time_wait_hold_s = 60;
  d.waiting_hold_s = 60;
  return d;
}

TEST(PortForecast, NothingFreeIsNow) { EXPECT_EQ(exhausted_in_s(demand(100, 100, 0)), 0); }
TEST(PortForecast, WithoutDemandNever) { EXPECT_FALSE(exhausted_in_s(demand(99, 100, 0))); }
TEST(PortForecast, EvenDemand) { EXPECT_NEAR(*exhausted_in_s(demand(50, 100, 10)), 5, 1e-9); }
TEST(PortForecast, AMinutesWorthThatFitsNeverEnds) { EXPECT_FALSE(exhausted_in_s(demand(0, 601, 10))); }
TEST(PortForecast, AMinutesWorthThatDoesNotFit) {
  EXPECT_NEAR(*exhausted_in_s(demand(0, 599, 10)), 59.9, 1e-9);
}

TEST(PortForecast, ReleasesPutItOff) {
  PortDemand d = demand(50, 100, 10);
  d.releases_s = {4.5, 1, 2};  // 3 ports
  EXPECT_NEAR(*exhausted_in_s(d), 5.3, 1e-9);
  d.releases_s = {5.5};  // too late
  EXPECT_NEAR(*exhausted_in_s(d), 5, 1e-9);
  d.releases_s = {-3};  // overdue: any moment
  EXPECT_NEAR(*exhausted_in_s(d), 5.1, 1e-9);
}

TEST(PortForecast, OpenConnectionsThatGrowNeverRelease) {
  PortDemand d = demand(0, 1000, 0);
  d.open_growth_per_s = 1;
  EXPECT_NEAR(*exhausted_in_s(d), 1000, 1e-6);
  d.time_wait_per_s = 10;  // and 600 in TIME_WAIT when it has settled
  EXPECT_NEAR(*exhausted_in_s(d), 400, 1e-6);
}

TEST(PortForecast, FinWait2HasItsOwnTerm) {
  PortDemand d = demand(0, 150, 0);
  d.waiting_per_s = 10;
  d.waiting_hold_s = 10;
  EXPECT_FALSE(exhausted_in_s(d));
  d.waiting_hold_s = 20;
  EXPECT_NEAR(*exhausted_in_s(d), 15, 1e-9);
}

}  // namespace
}  // namespace conntrail::diagnose
