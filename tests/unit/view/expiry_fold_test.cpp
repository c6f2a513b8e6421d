// TIME_WAIT sockets that were there before the start: one line for each place and second.
#include "conntrail/view/expiry_fold.h"

#include <gtest/gtest.h>

#include "conntrail/view/line.h"
#include "samples.h"

namespace conntrail::view {
namespace {

using namespace samples;

Connection older(const std::string& local, std::uint16_t port, const std::string& remote,
                 std::uint16_t remote_port) {
  Connection c;
  c.tuple = {7, Family::inet, endpoint(local, port), endpoint(remote, remote_port)};
  c.existed_before = true;
  c.ended = true;
  c.time_wait = true;
  c.time_wait_expires = kNoon;
  return c;
}

Transition expiry(const Connection& c, MonoTime time = kNoon, Evidence evidence = Evidence::confirmed) {
  return {&c, time, TcpState::time_wait, TcpState::close, std::nullopt, 0, evidence};
}

std::string text(const std::vector<FoldedExpiry>& folded) {
  TextLines lines(clock(), LineStyle{});
  std::string out;
  for (const FoldedExpiry& one : folded) lines.append(out, one);
  return out;
}

TEST(ExpiryFold, IsOneLineForOnePlace) {
  ExpiryFold fold;
  for (std::uint16_t port = 40000; port < 40200; ++port) {
    const Connection c = older("10.77.1.2", port, "10.77.2.2", 9002);
    ASSERT_TRUE(fold.take(expiry(c)));
  }
  EXPECT_TRUE(fold.due(kNoon + 1500ms).empty());  // more may be told
  EXPECT_EQ(text(fold.due(kNoon + 2s)),
            "12:00:00.000000 200 older TIME_WAIT sockets of 10.77.2.2:9002 expired\n");
  EXPECT_TRUE(fold.rest().empty());
}

// A look at the table tells of them in its own order.
TEST(ExpiryFold, TakesThemInAnyOrder) {
  ExpiryFold fold;
  for (std::uint16_t i = 0; i < 100; ++i) {
    Connection c = older("10.77.1.2", static_cast<std::uint16_t>(40000 + i), "10.77.2.2", 9002);
    const MonoTime time = kNoon + (i % 2 == 0 ? 0ms : 1200ms) + std::chrono::milliseconds(i);
    c.time_wait_expires = time;
    ASSERT_TRUE(fold.take(expiry(c, time)));
  }
  const std::vector<FoldedExpiry> folded = fold.rest();
  ASSERT_EQ(folded.size(), 2U);
  EXPECT_EQ(folded[0].sockets, 50U);
  EXPECT_EQ(folded[1].sockets, 50U);
}

TEST(ExpiryFold, TellsPlacesSecondsAndNamespacesApart) {
  ExpiryFold fold;
  std::vector<Connection> all;
  for (std::uint16_t i = 0; i < 3; ++i) {
    all.push_back(older("10.77.1.2", static_cast<std::uint16_t>(40000 + i), "10.77.2.2", 9002));
    all.push_back(
        older("10.77.1.2", 80, "10.77.3.3", static_cast<std::uint16_t>(50000 + i)));  // this side serves
    all.push_back(older("10.77.1.2", static_cast<std::uint16_t>(41000 + i), "10.77.2.2", 9002));
    all.back().tuple.netns = 8;
  }
  for (const Connection& c : all) ASSERT_TRUE(fold.take(expiry(c)));
  std::vector<FoldedExpiry> folded = fold.rest();
  ASSERT_EQ(folded.size(), 3U);
  for (const FoldedExpiry& one : folded) EXPECT_EQ(one.sockets, 3U);
  ASSERT_TRUE(fold.take(expiry(all[0])));
  Connection later = all[0];
  later.time_wait_expires = kNoon + 5s;
  ASSERT_TRUE(fold.take(expiry(later, kNoon + 5s)));
  EXPECT_EQ(fold.due(kNoon + 5s).size(), 1U);  // the earlier second is over
  EXPECT_EQ(fold.rest().size(), 1U);
}

// Of a single one nobody knows which end served.
TEST(ExpiryFold, OfOneNamesBothEnds) {
  ExpiryFold fold;
  const Connection c = older("10.77.1.2", 40000, "10.77.2.2", 9002);
  ASSERT_TRUE(fold.take(expiry(c)));
  EXPECT_EQ(text(fold.rest()),
            "12:00:00.000000 1 older TIME_WAIT socket of 10.77.1.2:40000 – 10.77.2.2:9002 expired\n");
}

TEST(ExpiryFold, LeavesAllOthersAsTheyAre) {
  ExpiryFold fold;
  Connection ours = older("10.77.1.2", 40000, "10.77.2.2", 9002);
  ours.closed = kNoon - 60s;  // it ended under our eyes
  EXPECT_FALSE(fold.take(expiry(ours)));
  Connection fresh = older("10.77.1.2", 40000, "10.77.2.2", 9002);
  fresh.existed_before = false;
  EXPECT_FALSE(fold.take(expiry(fresh)));
  const Connection c = older("10.77.1.2", 40000, "10.77.2.2", 9002);
  EXPECT_FALSE(fold.take(expiry(c, kNoon - 30s)));             // killed before its time
  EXPECT_FALSE(fold.take(expiry(c, kNoon, Evidence::event)));  // reused by a SYN
  EXPECT_FALSE(
      fold.take({&c, kNoon, TcpState::fin_wait2, TcpState::close, std::nullopt, 0, Evidence::confirmed}));
  EXPECT_FALSE(
      fold.take({&c, kNoon, TcpState::fin_wait2, TcpState::time_wait, std::nullopt, 0, Evidence::confirmed}));
  EXPECT_TRUE(fold.rest().empty());
  EXPECT_TRUE(fold.take(expiry(c, kNoon, Evidence::expected)));
}

}  // namespace
}  // namespace conntrail::view
