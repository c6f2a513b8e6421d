// What a snapshot could not see: it is not gone, and nothing about it is told as an observation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "lives.h"

namespace conntrail::track::script {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

// A look at other namespaces than the one of the script's sockets.
SnapshotScope elsewhere(SnapshotScope scope) {
  scope.namespaces = {kNetns + 1};
  return scope;
}

class Unseen : public testing::Test {
 protected:
  // A time-wait socket that is due at 60.0015 s.
  void enter_time_wait() {
    stage.play(connects(kClient, kCurl, 100) +
               Life{Ev(kClient, established, fin_wait1).at(1000).by(kCurl).shut(3),
                    Ev(kClient, fin_wait1, fin_wait2).at(1020).dead().shut(3),
                    Ev(kClient, fin_wait2, close).at(1500).dead().shut(3).final().done().bucket(3, 4096)});
    stage.diary.forget();
  }
  Stage stage;
};

TEST_F(Unseen, EndOfATimeWaitThatNothingShowedIsAForecast) {
  enter_time_wait();
  stage.look(time_wait_scope(61 * kSecond, 61 * kSecond), {});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("TIME_WAIT > CLOSE @60001500 after 60000000 expected [curl/100 close]"));
  EXPECT_EQ(stage.get(12).time_wait_exit_evidence, Evidence::expected);
}

// The control: seen shortly before its time and not after it.
TEST_F(Unseen, EndOfATimeWaitSeenUntilThenIsConfirmed) {
  enter_time_wait();
  EXPECT_FALSE(stage.tracker.needs_time_wait_check(us(58 * kSecond)));
  stage.tracker.advance(us(59 * kSecond + 100'000));
  EXPECT_TRUE(stage.tracker.needs_time_wait_check(us(59 * kSecond + 100'000))) << "one look before its time";
  stage.look(time_wait_scope(59 * kSecond + 200'000, 59 * kSecond + 201'500),
             {time_wait_row(kClient, time_wait, milliseconds(800))});
  stage.tracker.advance(us(59 * kSecond + 500'000));
  EXPECT_FALSE(stage.tracker.needs_time_wait_check(us(59 * kSecond + 500'000))) << "and no more than one";
  stage.tracker.advance(us(60 * kSecond + 2000));
  EXPECT_TRUE(stage.tracker.needs_time_wait_check(us(60 * kSecond + 2000)));
  stage.look(time_wait_scope(61 * kSecond, 61 * kSecond), {});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("TIME_WAIT > CLOSE @60001500 after 60000000 confirmed [curl/100 close]"));
}

// Found missing before its time: it was killed, at that look at the latest.
TEST_F(Unseen, KilledTimeWaitIsNoOlderThanTheLookThatMissedIt) {
  enter_time_wait();
  stage.look(time_wait_scope(2 * kSecond, 2 * kSecond), {});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("TIME_WAIT > CLOSE @2000000 after 1998500 confirmed [curl/100 close]"));
}

TEST_F(Unseen, TimeWaitOfANamespaceThatCannotBeReadExpires) {
  enter_time_wait();
  stage.look(elsewhere(time_wait_scope(61 * kSecond, 61 * kSecond)), {});
  EXPECT_THAT(stage.diary.of(12), IsEmpty()) << "the next look may be able to tell";
  stage.look(elsewhere(time_wait_scope(69 * kSecond, 69 * kSecond)), {});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("TIME_WAIT > CLOSE @60001500 after 60000000 expected [curl/100 close]"));
  EXPECT_EQ(stage.tracker.live_count(), 0U);
  EXPECT_TRUE(stage.tracker.time_wait_namespaces().empty());
}

// In FIN_WAIT2, where no timer is known: two minutes are the most that the kernel waits there.
TEST_F(Unseen, HalfClosedOfANamespaceThatCannotBeReadExpires) {
  stage.play(connects(kClient, kCurl, 100) + closes_first(kClient, kCurl, 1000));
  stage.look(elsewhere(time_wait_scope(100 * kSecond, 100 * kSecond)), {});
  EXPECT_EQ(stage.tracker.live_count(), 1U);
  stage.look(elsewhere(time_wait_scope(129 * kSecond, 129 * kSecond)), {});
  EXPECT_EQ(stage.tracker.live_count(), 0U);
  EXPECT_EQ(stage.get(12).time_wait_exit_evidence, Evidence::expected);
}

TEST_F(Unseen, ConnectionOfANamespaceThatCannotBeReadLives) {
  stage.play(connects(kClient, kCurl, 100));
  stage.diary.forget();
  for (std::int64_t t = 1; t < 300; t += 10) {
    stage.look(elsewhere(scope(t * kSecond, t * kSecond)), {});
    stage.tracker.advance(us(t * kSecond));
  }
  EXPECT_EQ(stage.tracker.live_count(), 1U);
  EXPECT_EQ(stage.tracker.living_namespaces(), std::vector<std::uint32_t>{kNetns});
}

TEST_F(Unseen, TimeWaitSocketsAreCountedByNamespace) {
  enter_time_wait();
  stage.play(connects(socket(40, "127.0.0.1", 41000, "127.0.0.1", 81), kCurl, 100) +
             closes_at_once(socket(40, "127.0.0.1", 41000, "127.0.0.1", 81), kCurl, 2000));
  EXPECT_EQ(stage.tracker.time_wait_counts(), (std::vector<TimeWaitCount>{{kNetns, 2}}));
}

// Rows of /proc/net have no cookies.
class BareRows : public testing::Test {
 protected:
  static SnapshotScope look_at(std::int64_t t) {
    SnapshotScope s = scope(t, t + 10);
    s.has_cookies = false;
    return s;
  }
  static SocketRow bare(SocketRow row, std::uint64_t inode) {
    row.cookie = 0;
    row.inode = inode;
    return row;
  }
  Stage stage;
};

TEST_F(BareRows, EventsOfAConnectionThatWasThereBeforeAreItsOwn) {
  stage.look(look_at(100), {bare(row(kClient, established), 5000)});
  stage.play(closes_first(kClient, kCurl, 1000));
  EXPECT_EQ(stage.tracker.live_count(), 1U);
  EXPECT_EQ(stage.get(12).inode, 5000U);
  EXPECT_TRUE(stage.get(12).existed_before);
  stage.look(look_at(2000), {bare(time_wait_row(kClient, time_wait, seconds(60)), 0)});
  EXPECT_EQ(stage.tracker.live_count(), 1U);
  EXPECT_EQ(stage.get(12).state, time_wait);
}

TEST_F(BareRows, EventReadAfterTheRowThatIsNewerBelongsToIt) {
  stage.look(look_at(1000), {bare(row(kServer, established), 5001)});
  stage.play(is_accepted(kServer, 950));
  EXPECT_EQ(stage.tracker.live_count(), 1U);
  EXPECT_EQ(stage.get(13).inode, 5001U);
}

TEST_F(BareRows, CloseBeforeTheRowIsAnotherConnections) {
  stage.look(look_at(1000), {bare(row(kServer, established), 5001)});
  stage.play({Ev(kServer, last_ack, close).at(950).final()});
  EXPECT_EQ(stage.tracker.live_count(), 1U) << "what lived at 1000 did not close at 950";
  EXPECT_EQ(stage.tracker.find_by_cookie(13), nullptr);
}

TEST_F(BareRows, WhichOfSeveralListenersItIsNothingTells) {
  stage.look(look_at(100), {bare(row(kListener, listen), 6000), bare(row(kListener, listen), 6001)});
  stage.play({Ev(kListener, listen, close).at(1000).by(kNginx).final()});
  stage.look(look_at(2000), {bare(row(kListener, listen), 6001)});
  stage.look(look_at(3000), {bare(row(kListener, listen), 6001)});
  EXPECT_EQ(stage.tracker.live_count(), 1U);
  stage.tracker.for_each_living([](const Connection& c) { EXPECT_EQ(c.inode, 6001U); });
}

// A time-wait socket has no inode: its row must not go to the connection that has its addresses now.
TEST_F(BareRows, TimeWaitAndTheConnectionOnItsAddressesAreTwo) {
  stage.play(connects(kClient, kCurl, 100) + closes_at_once(kClient, kCurl, 1000));
  stage.look(look_at(2000), {bare(time_wait_row(kClient, time_wait, seconds(60)), 0)});
  EXPECT_EQ(stage.tracker.live_count(), 1U);
  EXPECT_EQ(stage.get(12).state, time_wait);
}

}  // namespace
}  // namespace conntrail::track::script
