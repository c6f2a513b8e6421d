// What successive looks at the table tell: queues that drain and queues that do not.
#include "table_watch.h"

#include <gtest/gtest.h>

#include "conntrail/session/loss_counter.h"
#include "observing_sink.h"

namespace conntrail::observe {
namespace {

constexpr std::uint32_t kNetns = 4026531840;

MonoTime at(int seconds) { return {1'000'000'000'000 + std::int64_t{seconds} * 1'000'000'000}; }

struct Seen {
  TcpState state = TcpState::established;
  std::uint32_t receive_queue = 0;
  std::uint32_t send_queue = 0;
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
};

// One connection, seen every second so.
diagnose::Watched watch(const std::vector<Seen>& looks) {
  ObservingSink sink;
  track::Tracker tracker(sink);
  sink.watch(tracker);
  int second = 0;
  for (const Seen& seen : looks) {
    SocketRow row;
    row.state = seen.state;
    row.tuple = {
        kNetns, Family::inet, {IpAddress::v4({10, 0, 0, 1}), 80}, {IpAddress::v4({10, 0, 0, 2}), 4000}};
    row.cookie = 7;
    row.inode = 9;
    row.receive_queue = seen.receive_queue;
    row.send_queue = seen.send_queue;
    row.stats = SocketStats{};
    row.stats->bytes_received = seen.received;
    row.stats->bytes_sent = seen.sent;
    SnapshotScope scope;
    scope.started = scope.finished = at(second++);
    scope.namespaces = {kNetns};
    tracker.apply(scope, std::vector<SocketRow>{row});
  }
  diagnose::Evidence evidence;
  sink.give(evidence);
  EXPECT_EQ(evidence.looks, looks.size());
  EXPECT_EQ(evidence.last_look, at(static_cast<int>(looks.size()) - 1));
  return evidence.watched.empty() ? diagnose::Watched{} : evidence.watched.begin()->second;
}

constexpr TcpState kOpen = TcpState::established;
constexpr TcpState kHalf = TcpState::close_wait;

TEST(TableWatch, AQueueThatNobodyReadsStandsSinceItWasFirstSeen) {
  EXPECT_EQ(
      watch({{kOpen, 0}, {kOpen, 500, 0, 500}, {kOpen, 900, 0, 900}, {kOpen, 900, 0, 900}}).unread_since,
      at(1));
}

TEST(TableWatch, AQueueThatIsReadAndFilledAgainDrains) {
  // Always full, and another 1000 octets were read each time.
  const diagnose::Watched watched =
      watch({{kOpen, 5000, 0, 5000}, {kOpen, 5000, 0, 6000}, {kOpen, 5000, 0, 7000}});
  EXPECT_EQ(watched.unread_since, at(2));
  EXPECT_FALSE(watch({{kOpen, 5000, 0, 5000}, {kOpen, 0, 0, 5000}}).unread_since.known());
}

TEST(TableWatch, WhatIsWrittenIntoAFullQueueDoesNotGoOut) {
  EXPECT_EQ(watch({{kOpen, 0, 100, 0, 50}, {kOpen, 0, 300, 0, 50}, {kOpen, 0, 300, 0, 50}}).unsent_since,
            at(0));
  EXPECT_EQ(watch({{kOpen, 0, 300, 0, 50}, {kOpen, 0, 300, 0, 90}}).unsent_since, at(1)) << "more was sent";
  EXPECT_EQ(watch({{kOpen, 0, 300, 0, 50}, {kOpen, 0, 200, 0, 50}}).unsent_since, at(1)) << "acknowledged";
}

TEST(TableWatch, HalfClosedAndStillSendingHasMoved) {
  EXPECT_EQ(watch({{kHalf, 0, 0, 10, 100}, {kHalf, 0, 0, 10, 200}, {kHalf, 0, 0, 10, 200}}).moved, at(1));
  EXPECT_FALSE(watch({{kHalf, 1, 0, 10, 100}, {kHalf, 1, 0, 10, 100}}).moved.known()) << "a leak";
  EXPECT_FALSE(watch({{kHalf, 1, 0, 10, 100}, {kHalf, 0, 0, 10, 100}}).moved.known()) << "its FIN was read";
  EXPECT_FALSE(watch({{kOpen, 0, 1, 10, 100}, {kHalf, 1, 0, 11, 200}, {kHalf, 1, 0, 11, 200}}).moved.known())
      << "sent before the peer closed";
}

TEST(TableWatch, TheFinOfThePeerIsNoUnreadOctet) {
  EXPECT_FALSE(watch({{kHalf, 1, 0, 1}, {kHalf, 1, 0, 1}}).unread_since.known());
}

}  // namespace
}  // namespace conntrail::observe
