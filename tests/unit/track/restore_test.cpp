// Connections known from before: what the first snapshot makes of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "lives.h"

namespace conntrail::track::script {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kLater = 5 * kSecond;  // the second tracker starts

// A tracker that knows what an earlier one knew at its end.
struct Restored : Stage {
  explicit Restored(const Stage& before) {
    before.tracker.for_each([this](const Connection& connection) { tracker.restore(connection); });
  }
};

TEST(Restore, a_snapshot_that_shows_it_lets_it_go_on) {
  Stage before;
  before.play(connects(kClient, kCurl, 100));
  Restored after(before);
  after.look(scope(kLater, kLater + 10), {row(kClient, established)});
  EXPECT_THAT(after.diary.of(12), IsEmpty());
  const Connection& c = after.get(12);
  EXPECT_EQ(c.opened, us(100));
  EXPECT_EQ(c.established, us(200));
  EXPECT_EQ(c.owner.pid, kCurl.pid);
  EXPECT_EQ(c.direction, Direction::active);
  EXPECT_FALSE(c.existed_before);
  EXPECT_FALSE(c.gap);
  EXPECT_EQ(after.count(12), 1U);

  after.play(closes_second(kClient, kCurl, kLater + 100, kLater + 200));
  EXPECT_EQ(after.diary.of(12).back(), "end normal, first remote [curl/100 close]");
  EXPECT_EQ(after.get(12).trail.size(), 5U);
  EXPECT_EQ(after.get(12).trail.front().entered, us(100));
}

TEST(Restore, what_changed_meanwhile_is_confirmed) {
  Stage before;
  before.play(connects(kClient, kCurl, 100));
  Restored after(before);
  after.look(scope(kLater, kLater + 10), {row(kClient, close_wait)});
  EXPECT_THAT(after.diary.of(12),
              ElementsAre("ESTABLISHED > CLOSE_WAIT @5000010 confirmed [curl/100 connect]"));
  const Connection& c = after.get(12);
  EXPECT_TRUE(c.gap) << "nobody saw how";
  EXPECT_EQ(c.closed_first, ClosedFirst::remote);
  EXPECT_FALSE(c.state_since.known());
}

// Attached, the change happens, then the snapshot: its event is read after the row.
TEST(Restore, the_event_of_the_change_is_not_told_twice) {
  Stage before;
  before.play(connects(kClient, kCurl, 100));
  Restored after(before);
  after.look(scope(kLater, kLater + 10), {row(kClient, close_wait)});
  after.play(closes_second(kClient, kCurl, kLater - 5, kLater + 200));
  const std::vector<std::string> lines = after.diary.of(12);
  EXPECT_EQ(std::ranges::count_if(lines, [](const auto& l) { return l.find("> CLOSE_WAIT") != l.npos; }), 1);
  EXPECT_EQ(after.get(12).trail[2].entered, us(kLater - 5)) << "but its time is taken";
}

TEST(Restore, gone_meanwhile) {
  Stage before;
  before.play(connects(kClient, kCurl, 100));
  Restored after(before);
  after.look(scope(kLater, kLater + 10), {});
  after.tracker.advance(us(kLater + 2 * kSecond));
  EXPECT_THAT(after.diary.of(12), ElementsAre("ESTABLISHED > CLOSE @5000010 confirmed [curl/100 connect]",
                                              "end unknown, first none, gap [curl/100 connect]"));
  const Connection& c = after.get(12);
  EXPECT_TRUE(c.gone);
  EXPECT_TRUE(c.gap);
  EXPECT_EQ(c.closed, us(kLater + 10));
  EXPECT_EQ(c.opened, us(100));
}

TEST(Restore, gone_with_an_event_that_tells_how) {
  Stage before;
  before.play(connects(kClient, kCurl, 100));
  Restored after(before);
  after.look(scope(kLater, kLater + 10), {});
  after.play(closes_second(kClient, kCurl, kLater - 300, kLater - 100));
  after.tracker.advance(us(kLater + 2 * kSecond));
  EXPECT_EQ(after.diary.of(12).back(), "end normal, first remote [curl/100 close]");
  EXPECT_FALSE(after.get(12).gap);
  EXPECT_EQ(after.get(12).closed, us(kLater - 80));
}

TEST(Restore, a_namespace_that_was_not_read_says_nothing) {
  Stage before;
  before.play(connects(kClient, kCurl, 100));
  Restored after(before);
  SnapshotScope elsewhere = scope(kLater, kLater + 10);
  elsewhere.namespaces = {kNetns + 1};
  after.look(elsewhere, {});
  after.tracker.advance(us(kLater + 2 * kSecond));
  EXPECT_FALSE(after.get(12).gone);
}

TEST(Restore, time_wait_keeps_its_entry_and_its_timer) {
  Stage before;
  before.play(connects(kClient, kCurl, 100) + closes_first(kClient, kCurl, 500));
  before.look(time_wait_scope(kSecond, kSecond + 10), {time_wait_row(kClient, time_wait, seconds(59))});
  ASSERT_EQ(before.get(12).state, time_wait);
  const MonoTime entered = before.get(12).time_wait_entered;
  Restored after(before);
  after.look(scope(kLater, kLater + 10), {time_wait_row(kClient, time_wait, seconds(55))});
  EXPECT_THAT(after.diary.of(12), IsEmpty());
  EXPECT_EQ(after.get(12).time_wait_entered, entered);
  EXPECT_TRUE(after.get(12).ended);
  after.look(time_wait_scope(61 * kSecond, 61 * kSecond + 10), {});
  EXPECT_EQ(after.diary.of(12).size(), 1U) << "its end was told by the one before";
  EXPECT_TRUE(after.get(12).gone);
  EXPECT_EQ(after.get(12).end_reason, EndReason::normal);
  EXPECT_EQ(after.get(12).closed_first, ClosedFirst::local);
}

TEST(Restore, fin_wait2_became_time_wait) {
  Stage before;
  before.play(connects(kClient, kCurl, 100) + closes_first(kClient, kCurl, 500));
  ASSERT_EQ(before.get(12).state, fin_wait2);
  Restored after(before);
  EXPECT_TRUE(after.tracker.needs_time_wait_check(us(kLater)));
  after.look(scope(kLater, kLater + 10), {time_wait_row(kClient, time_wait, seconds(58))});
  EXPECT_EQ(after.get(12).state, time_wait);
  EXPECT_EQ(after.get(12).time_wait_entry_evidence, Evidence::confirmed);
  ASSERT_EQ(after.diary.of(12).size(), 2U);
  EXPECT_EQ(after.diary.of(12)[1], "correction normal, first local, time_wait");
  EXPECT_TRUE(after.diary.of(12)[0].starts_with("FIN_WAIT2 > TIME_WAIT @3000010"))
      << after.diary.of(12)[0] << ": 58 of 60 seconds are left";
}

// In CLOSE only its descriptor held it; such a socket is in no table.
TEST(Restore, closed_ones_end) {
  Stage before;
  before.play(connects(kClient, kCurl, 100) +
              Life{Ev(kClient, established, close).at(500).error(ECONNRESET)});
  ASSERT_FALSE(before.get(12).gone);
  Restored after(before);
  after.look(scope(kLater, kLater + 10), {});
  EXPECT_TRUE(after.get(12).gone);
  EXPECT_EQ(after.get(12).end_reason, EndReason::reset_by_peer);
  EXPECT_EQ(after.get(12).closed, us(500));
}

TEST(Restore, listeners_give_their_owner_to_their_children) {
  Stage before;
  before.play(listens(kListener, kNginx, 100));
  Restored after(before);
  after.look(scope(kLater, kLater + 10), {row(kListener, listen)});
  after.play(is_accepted(kServer, kLater + 100));
  EXPECT_EQ(after.get(13).owner.pid, kNginx.pid);
}

TEST(Restore, another_life_of_the_socket) {
  Stage before;
  before.play(connects(kClient, kCurl, 100));
  Restored after(before);
  const Socket again = socket(12, "127.0.0.1", 40001, "127.0.0.1", 81);
  after.look(scope(kLater, kLater + 10), {row(again, syn_sent)});
  EXPECT_EQ(after.count(12), 2U);
  EXPECT_EQ(after.get(12).state, syn_sent);
  EXPECT_FALSE(after.get(12).opened.known());
}

TEST(Restore, only_what_lives_and_can_be_known_again) {
  Stage before;
  before.play(connects(kClient, kCurl, 100) + closes_second(kClient, kCurl, 500, 600));
  Restored after(before);
  EXPECT_EQ(after.tracker.live_count(), 0U) << "gone";
  before.play(connects(kServer, kCurl, 1000));
  Connection living = before.get(13);
  after.tracker.restore(living);
  after.tracker.restore(living);
  EXPECT_EQ(after.tracker.live_count(), 1U) << "once";
  living.cookie = 0;
  after.tracker.restore(living);
  EXPECT_EQ(after.tracker.live_count(), 1U) << "no cookie";
  EXPECT_THAT(after.diary.all(), IsEmpty());
}

}  // namespace
}  // namespace conntrail::track::script
