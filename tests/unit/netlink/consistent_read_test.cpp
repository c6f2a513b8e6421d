#include "conntrail/netlink/consistent_read.h"

#include <gtest/gtest.h>

#include "conntrail/base/result.h"

namespace conntrail::netlink {
namespace {

struct Report {
  bool interrupted = false;
};

// How often it reads and takes back when the first `interrupted` reports are.
struct Counts {
  int reads = 0;
  int taken_back = 0;
  bool interrupted = false;
};
Counts read_with(int interrupted) {
  Counts counts;
  const auto report = read_consistently(
      [&]() -> Result<Report> { return Report{counts.reads++ < interrupted}; }, [&] { ++counts.taken_back; });
  EXPECT_TRUE(report);
  counts.interrupted = report && report->interrupted;
  return counts;
}

TEST(ConsistentRead, OnceWhenNothingChanged) {
  const Counts counts = read_with(0);
  EXPECT_EQ(counts.reads, 1);
  EXPECT_EQ(counts.taken_back, 0);
  EXPECT_FALSE(counts.interrupted);
}

TEST(ConsistentRead, AgainWithWhatWasReadTakenBack) {
  const Counts counts = read_with(2);
  EXPECT_EQ(counts.reads, 3);
  EXPECT_EQ(counts.taken_back, 2);
  EXPECT_FALSE(counts.interrupted);
}

TEST(ConsistentRead, TellsWhenItGaveUpAndKeepsTheLast) {
  const Counts counts = read_with(1000);
  EXPECT_EQ(counts.reads, 4);
  EXPECT_EQ(counts.taken_back, 3);
  EXPECT_TRUE(counts.interrupted);
}

TEST(ConsistentRead, AnErrorEndsIt) {
  int reads = 0;
  const auto report = read_consistently(
      [&reads]() -> Result<Report> {
        ++reads;
        return fail("no");
      },
      [] { FAIL(); });
  EXPECT_FALSE(report);
  EXPECT_EQ(reads, 1);
}

}  // namespace
}  // namespace conntrail::netlink
