// Time-wait sockets: what is known when, and how they go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>

#include "lives.h"

namespace conntrail::track::script {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

// Life up to FIN_WAIT2; what follows differs.
Life until_fin_wait2() {
  return connects(kClient, kCurl, 100) + Life{Ev(kClient, established, fin_wait1).at(1000).by(kCurl).shut(3),
                                              Ev(kClient, fin_wait1, fin_wait2).at(1020).dead().shut(3)};
}
Ev hand_over(std::int64_t t) { return Ev(kClient, fin_wait2, close).at(t).dead().shut(3).final(); }

class TimeWait : public testing::Test {
 protected:
  void begin(const Ev& last) {
    stage.play(until_fin_wait2());
    stage.diary.forget();
    stage.play({last});
  }
  Stage stage;
};

TEST_F(TimeWait, with_the_peers_fin_it_is_time_wait_at_once) {
  begin(hand_over(1500).done().bucket(3, 4096));
  EXPECT_THAT(stage.diary.of(12), ElementsAre("FIN_WAIT2 > TIME_WAIT @1500 after 480 [curl/100 close]",
                                              "end normal, first local, time_wait [curl/100 close]"));
  EXPECT_EQ(stage.get(12).time_wait_entry_evidence, Evidence::event);
  EXPECT_EQ(stage.get(12).time_wait_expires, us(1500 + 60 * kSecond));
  EXPECT_EQ(stage.tracker.find_by_cookie(12)->state, time_wait);
  EXPECT_FALSE(stage.tracker.needs_time_wait_check(us(30 * kSecond)));
  EXPECT_TRUE(stage.tracker.needs_time_wait_check(us(60 * kSecond + 1500)));
}

TEST_F(TimeWait, fin_wait2_socket_that_never_got_the_fin) {
  begin(hand_over(1022).bucket(3, 4096));
  stage.diary.forget();
  stage.look(time_wait_scope(2000, 2100), {time_wait_row(kClient, fin_wait2, seconds(59))});
  EXPECT_THAT(stage.diary.of(12), IsEmpty());
  EXPECT_TRUE(stage.tracker.needs_time_wait_check(us(3000)));
  stage.look(time_wait_scope(61 * kSecond, 61 * kSecond + 10), {});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("end timeout, first local, time_wait [curl/100 close]",
                          "FIN_WAIT2 > CLOSE @61000010 after 60998990 confirmed [curl/100 close]"));
  EXPECT_FALSE(stage.tracker.needs_time_wait_check(us(70 * kSecond)));
}

// Both ends in one namespace: the other end's FIN was acknowledged, so this one's time-wait socket has it.
TEST_F(TimeWait, fin_wait2_socket_whose_peer_is_here) {
  stage.play(is_accepted(kServer, 210));
  begin(hand_over(1022).bucket(3, 4096));
  stage.diary.forget();
  stage.play(closes_second(kServer, kNginx, 1010, 1500));
  EXPECT_THAT(stage.diary.of(12), ElementsAre("end normal, first local, time_wait [curl/100 close]",
                                              "FIN_WAIT2 > TIME_WAIT @1520 after 500 [curl/100 close]"));
  EXPECT_EQ(stage.get(12).time_wait_expires, us(1520 + 60 * kSecond));
  EXPECT_FALSE(stage.tracker.needs_time_wait_check(us(30 * kSecond)))
      << "nothing is open that a look could tell";
}

// LAST_ACK → CLOSE for another reason than the acknowledgement says nothing about the other end.
TEST_F(TimeWait, fin_wait2_socket_whose_peer_gave_up) {
  stage.play(is_accepted(kServer, 210));
  begin(hand_over(1022).bucket(3, 4096));
  stage.diary.forget();
  stage.play({Ev(kServer, close_wait, last_ack).at(1500),
              Ev(kServer, last_ack, close).at(9000).error(ETIMEDOUT).final()});
  EXPECT_THAT(stage.diary.of(12), IsEmpty());
  EXPECT_TRUE(stage.tracker.needs_time_wait_check(us(9100)));
}

// The entry is as old as the timer says, but no older than what was seen before.
TEST_F(TimeWait, entry_by_the_timer) {
  begin(hand_over(1022).bucket(3, 4096));
  stage.look(time_wait_scope(1 * kSecond, 1 * kSecond), {time_wait_row(kClient, fin_wait2, seconds(59))});
  stage.diary.forget();
  stage.look(time_wait_scope(2 * kSecond, 2 * kSecond),
             {time_wait_row(kClient, time_wait, std::chrono::milliseconds(59'700))});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("end normal, first local, time_wait [curl/100 close]",
                          "FIN_WAIT2 > TIME_WAIT @1700000 after 1698980 confirmed [curl/100 close]"));
  EXPECT_EQ(stage.get(12).time_wait_expires, us(2 * kSecond + 59'700'000));
}

TEST_F(TimeWait, entry_is_no_older_than_the_last_look) {
  begin(hand_over(1022).bucket(3, 4096));
  stage.look(time_wait_scope(1 * kSecond, 1 * kSecond), {time_wait_row(kClient, fin_wait2, seconds(59))});
  stage.look(time_wait_scope(2 * kSecond, 2 * kSecond),
             {time_wait_row(kClient, time_wait, std::chrono::milliseconds(58'500))});
  EXPECT_EQ(stage.get(12).time_wait_entered, us(1 * kSecond));
}

TEST_F(TimeWait, killed_before_its_time) {
  begin(hand_over(1500).done().bucket(3, 4096));
  stage.diary.forget();
  stage.look(time_wait_scope(5 * kSecond, 5 * kSecond + 100), {});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("TIME_WAIT > CLOSE @5000100 after 4998600 confirmed [curl/100 close]"));
}

TEST_F(TimeWait, a_look_begun_before_the_hand_over_says_nothing) {
  begin(hand_over(1500).done().bucket(3, 4096));
  stage.diary.forget();
  stage.look(time_wait_scope(1400, 1600), {});
  EXPECT_THAT(stage.diary.of(12), IsEmpty());
  SnapshotScope elsewhere = time_wait_scope(2000, 2100);
  elsewhere.namespaces = {kNetns + 1};
  stage.look(elsewhere, {});
  EXPECT_THAT(stage.diary.of(12), IsEmpty());
  EXPECT_EQ(stage.tracker.live_count(), 1U);
}

TEST_F(TimeWait, no_bucket_at_all) {
  begin(hand_over(1500).done().bucket(0, 0));
  EXPECT_THAT(stage.diary.of(12), ElementsAre("FIN_WAIT2 > CLOSE @1500 after 480 [curl/100 close]",
                                              "end normal, first local [curl/100 close]"));
  EXPECT_TRUE(stage.get(12).gone);
  EXPECT_FALSE(stage.get(12).time_wait);
}

TEST_F(TimeWait, full_bucket_yields_none) {
  begin(hand_over(1500).done().bucket(8, 8));
  EXPECT_THAT(stage.diary.of(12), IsEmpty()) << "nothing is known yet";
  EXPECT_EQ(stage.get(12).state, fin_wait2);
  EXPECT_FALSE(stage.get(12).ended);
  EXPECT_TRUE(stage.tracker.needs_time_wait_check(us(1501)));
  stage.look(time_wait_scope(1400, 1450), {});
  EXPECT_THAT(stage.diary.of(12), IsEmpty()) << "older than the hand-over";
  stage.look(time_wait_scope(2000, 2100), {});
  EXPECT_THAT(stage.diary.of(12), ElementsAre("FIN_WAIT2 > CLOSE @1500 after 480 confirmed [curl/100 close]",
                                              "end normal, first local [curl/100 close]"));
  EXPECT_FALSE(stage.tracker.needs_time_wait_check(us(3000)));
  EXPECT_TRUE(stage.get(12).gone);
}

TEST_F(TimeWait, last_place_in_the_bucket) {
  begin(hand_over(1500).done().bucket(8, 8));
  stage.look(time_wait_scope(2000, 2100), {time_wait_row(kClient, time_wait, seconds(60))});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("FIN_WAIT2 > TIME_WAIT @1500 after 480 confirmed [curl/100 close]",
                          "end normal, first local, time_wait [curl/100 close]"));
}

TEST_F(TimeWait, last_place_in_the_bucket_still_in_fin_wait2) {
  begin(hand_over(1500).bucket(8, 8));
  stage.look(time_wait_scope(2000, 2100), {time_wait_row(kClient, fin_wait2, seconds(59))});
  EXPECT_THAT(stage.diary.of(12), ElementsAre("end unknown, first local, time_wait [curl/100 close]"));
  EXPECT_EQ(stage.get(12).state, fin_wait2);
  stage.look(time_wait_scope(3000, 3100), {time_wait_row(kClient, time_wait, seconds(60))});
  EXPECT_EQ(stage.get(12).state, time_wait);
}

TEST_F(TimeWait, doubt_waits_no_longer_than_a_look_or_the_end) {
  begin(hand_over(1500).bucket(8, 8));
  SnapshotScope unreadable = time_wait_scope(2000, 2100);
  unreadable.namespaces = {};
  stage.look(unreadable, {});
  EXPECT_THAT(stage.diary.of(12), ElementsAre("end unknown, first local [curl/100 close]"));
  stage.tracker.finish(us(5000));
  EXPECT_THAT(stage.diary.of(12), ElementsAre("end unknown, first local [curl/100 close]"));
}

TEST_F(TimeWait, reuse_by_a_new_connection) {
  begin(hand_over(1500).done().bucket(3, 4096));
  stage.diary.forget();
  const Socket next = socket(99, "127.0.0.1", 40000, "127.0.0.1", 80);
  stage.play({Ev(next, close, syn_sent).at(2 * kSecond).by(kCurl).unbound()});
  EXPECT_THAT(stage.diary.of(12), IsEmpty());
  stage.play({Ev(next, syn_sent, established).at(2 * kSecond + 50)});
  EXPECT_THAT(stage.diary.all(),
              ElementsAre("99: CLOSE > SYN_SENT @2000000 [curl/100 connect]",
                          "12: TIME_WAIT > CLOSE @2000000 after 1998500 [curl/100 close]",
                          "99: SYN_SENT > ESTABLISHED @2000050 after 50 [curl/100 connect]"));
  EXPECT_EQ(stage.get(12).time_wait_exit_evidence, Evidence::event);
  EXPECT_EQ(stage.tracker.live_count(), 1U);
}

TEST_F(TimeWait, reuse_by_an_accepted_connection) {
  stage.play(is_accepted(kServer, 100) + closes_first(kServer, kNginx, 1000));
  stage.diary.forget();
  const Socket next = socket(98, "127.0.0.1", 80, "127.0.0.1", 40000);
  stage.play(is_accepted(next, 5000));
  EXPECT_THAT(stage.diary.of(13), ElementsAre("end unknown, first local, time_wait [nginx/200 close]",
                                              "FIN_WAIT2 > CLOSE @5000 after 3980 [nginx/200 close]"));
}

// connect() from a bound port says SYN_SENT before it finds the addresses taken.
TEST_F(TimeWait, no_reuse_by_a_connect_that_fails_at_once) {
  begin(hand_over(1500).done().bucket(3, 4096));
  stage.diary.forget();
  const Socket next = socket(99, "127.0.0.1", 40000, "127.0.0.1", 80);
  stage.play({Ev(next, close, syn_sent).at(2000).by(kCurl), Ev(next, syn_sent, close).at(2010).by(kCurl)});
  EXPECT_THAT(stage.diary.of(12), IsEmpty());
  EXPECT_EQ(stage.get(12).state, time_wait);
}

TEST_F(TimeWait, other_namespace_is_no_reuse) {
  begin(hand_over(1500).done().bucket(3, 4096));
  Socket next = socket(99, "127.0.0.1", 40000, "127.0.0.1", 80);
  next.tuple.netns = kNetns + 1;
  stage.play(connects(next, kCurl, 5000));
  EXPECT_EQ(stage.get(12).state, time_wait);
}

// The new connection's events may be read before the old one's last.
TEST_F(TimeWait, reuse_known_before_the_hand_over) {
  const Socket next = socket(99, "127.0.0.1", 40000, "127.0.0.1", 80);
  stage.play(until_fin_wait2() + connects(next, kCurl, 5000));
  stage.play({hand_over(1500).done().bucket(3, 4096)});
  EXPECT_TRUE(stage.get(12).gone);
  EXPECT_TRUE(stage.get(12).time_wait);
  EXPECT_EQ(stage.tracker.live_count(), 1U);
}

TEST_F(TimeWait, reuse_while_in_doubt_means_there_was_none) {
  begin(hand_over(1500).done().bucket(8, 8));
  stage.play(connects(socket(99, "127.0.0.1", 40000, "127.0.0.1", 80), kCurl, 5000));
  EXPECT_THAT(stage.diary.of(12), ElementsAre("FIN_WAIT2 > CLOSE @1500 after 480 [curl/100 close]",
                                              "end normal, first local [curl/100 close]"));
}

TEST_F(TimeWait, linger2_below_zero_resets_instead) {
  begin(hand_over(1022).bucket(3, 4096));
  stage.play({Ev(kClient, EventKind::reset_sent, close, close).at(1023)});
  EXPECT_TRUE(stage.get(12).gone);
  EXPECT_FALSE(stage.get(12).time_wait);
  EXPECT_EQ(stage.get(12).end_reason, EndReason::reset_by_local);
  EXPECT_EQ(stage.diary.of(12).back(), "end reset_by_local, first local [curl/100 close]");
}

TEST_F(TimeWait, reset_sent_by_the_time_wait_socket_itself_is_no_refutation) {
  begin(hand_over(1500).done().bucket(3, 4096));
  stage.play({Ev(kClient, EventKind::reset_sent, time_wait, time_wait).at(1600)});
  EXPECT_EQ(stage.get(12).state, time_wait);
  EXPECT_EQ(stage.get(12).end_reason, EndReason::normal);
}

TEST_F(TimeWait, keepalive_reset_in_fin_wait2_is_no_hand_over) {
  stage.play(until_fin_wait2());
  stage.play(
      {Ev(kClient, EventKind::reset_sent, fin_wait2, fin_wait2).at(2000), hand_over(2001).bucket(1, 4096)});
  EXPECT_TRUE(stage.get(12).gone);
  EXPECT_EQ(stage.get(12).end_reason, EndReason::reset_by_local);
}

TEST_F(TimeWait, linger_0_after_shutdown_is_no_hand_over) {
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, established, fin_wait1).at(1000).by(kCurl).shut(2),
              Ev(kClient, fin_wait1, fin_wait2).at(1020).shut(2),
              Ev(kClient, fin_wait2, close).at(3000).by(kWorker).shut(3).final().bucket(1, 4096)});
  EXPECT_EQ(stage.get(12).end_reason, EndReason::reset_by_local);
  EXPECT_EQ(stage.get(12).owner.pid, kWorker.pid);
  EXPECT_TRUE(stage.get(12).gone);
}

TEST_F(TimeWait, error_in_fin_wait2_is_no_hand_over) {
  begin(hand_over(1500).error(ECONNRESET));
  stage.tracker.advance(us(100'000));
  EXPECT_THAT(stage.diary.of(12), ElementsAre("FIN_WAIT2 > CLOSE @1500 after 480 error 104 [curl/100 close]",
                                              "end reset_by_peer, first local [curl/100 close]"));
}

TEST_F(TimeWait, found_by_a_snapshot) {
  stage.look(scope(10, 20), {time_wait_row(kClient, time_wait, seconds(30))});
  EXPECT_THAT(stage.diary.of(12), IsEmpty());
  const Connection& c = stage.get(12);
  EXPECT_TRUE(c.existed_before);
  EXPECT_TRUE(c.time_wait);
  EXPECT_EQ(c.state, time_wait);
  EXPECT_EQ(c.time_wait_expires, us(20 + 30 * kSecond));
  EXPECT_FALSE(stage.tracker.needs_time_wait_check(us(29 * kSecond)));
  EXPECT_TRUE(stage.tracker.needs_time_wait_check(us(31 * kSecond)));
  stage.look(time_wait_scope(32 * kSecond, 32 * kSecond), {});
  EXPECT_THAT(stage.diary.of(12), ElementsAre("TIME_WAIT > CLOSE @30000020 expected [- unknown]"))
      << "its end was before our time, so there is no end line";
}

TEST_F(TimeWait, seen_alive_after_its_time_it_went_later) {
  begin(hand_over(1500).done().bucket(3, 4096));
  stage.diary.forget();
  stage.look(time_wait_scope(61 * kSecond, 61 * kSecond), {time_wait_row(kClient, time_wait, seconds(0))});
  stage.look(time_wait_scope(62 * kSecond, 62 * kSecond), {});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("TIME_WAIT > CLOSE @61000000 after 60998500 confirmed [curl/100 close]"));
}

TEST_F(TimeWait, complete_snapshots_tell_the_same) {
  begin(hand_over(1022).bucket(3, 4096));
  stage.diary.forget();
  stage.look(scope(5000, 6000), {time_wait_row(kClient, time_wait, seconds(60))});
  stage.look(scope(100 * kSecond, 100 * kSecond), {});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("end normal, first local, time_wait [curl/100 close]",
                          "FIN_WAIT2 > TIME_WAIT @6000 after 4980 confirmed [curl/100 close]",
                          "TIME_WAIT > CLOSE @60006000 after 60000000 expected [curl/100 close]"));
}

// Half-closed: the descriptor is open, its socket connects again while the old time-wait socket lives.
TEST_F(TimeWait, lives_on_beside_the_next_connection_of_its_socket) {
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, established, fin_wait1).at(1000).by(kCurl).shut(2),
              Ev(kClient, fin_wait1, fin_wait2).at(1020).shut(2),
              Ev(kClient, fin_wait2, close).at(1500).done().shut(3).bucket(1, 4096)});
  Socket again = socket(12, "127.0.0.1", 40001, "127.0.0.1", 80);
  stage.play(connects(again, kCurl, 3000));
  EXPECT_EQ(stage.count(12), 2U);
  EXPECT_EQ(stage.tracker.live_count(), 2U);
  EXPECT_EQ(stage.tracker.find_by_cookie(12)->state, established);
  stage.look(time_wait_scope(5000, 5001), {time_wait_row(kClient, time_wait, seconds(59))});
  EXPECT_EQ(stage.tracker.live_count(), 2U);
  stage.look(scope(70 * kSecond, 70 * kSecond), {row(again, established)});
  EXPECT_EQ(stage.tracker.live_count(), 1U);
  EXPECT_EQ(stage.tracker.find_by_cookie(12)->state, established);
}

TEST_F(TimeWait, many_are_due_and_all_are_expected) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const Socket s = socket(1000 + i, "10.0.0.1", static_cast<std::uint16_t>(10'000 + i), "10.0.0.2", 80);
    stage.play(connects(s, kCurl, 100) + closes_at_once(s, kCurl, 1000));
  }
  stage.tracker.advance(us(61 * kSecond));
  std::size_t expected = 0;
  stage.tracker.for_each(
      [&](const Connection& c) { expected += c.time_wait_exit_evidence == Evidence::expected ? 1U : 0U; });
  EXPECT_EQ(expected, 1000U);
  EXPECT_EQ(stage.tracker.live_count(), 1000U);
  stage.look(time_wait_scope(62 * kSecond, 62 * kSecond), {});
  EXPECT_EQ(stage.tracker.live_count(), 0U);
  EXPECT_FALSE(stage.tracker.needs_time_wait_check(us(70 * kSecond)));
}

}  // namespace
}  // namespace conntrail::track::script
