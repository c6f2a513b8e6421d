// Snapshots: what a row, and a missing row, may and may not say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "lives.h"

namespace conntrail::track::script {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Snapshot, rows_open_records_in_silence) {
  Stage stage;
  SocketRow udp = row(socket(50, "127.0.0.1", 53), established);
  udp.protocol = Protocol::udp;
  stage.look(scope(10, 20), {row(kListener, listen), row(kClient, established), udp});
  EXPECT_THAT(stage.diary.all(), ElementsAre("0: snapshot 2 rows, 2 opened, 0 corrected, 0 removed"));
  EXPECT_EQ(stage.tracker.live_count(), 2U);
  const Connection& c = stage.get(12);
  EXPECT_TRUE(c.existed_before);
  EXPECT_FALSE(c.state_since.known());
  EXPECT_EQ(c.inode, 5012U);
  EXPECT_EQ(c.owner.uid, 1000U);
}

TEST(Snapshot, the_same_twice_changes_nothing) {
  Stage stage;
  const std::vector<SocketRow> rows = {row(kListener, listen), row(kClient, established)};
  stage.look(scope(10, 20), rows);
  const std::string before = portrait(stage.get(12));
  stage.look(scope(10, 20), rows);
  EXPECT_EQ(portrait(stage.get(12)), before);
  EXPECT_EQ(stage.tracker.live_count(), 2U);
  EXPECT_EQ(stage.diary.all().back(), "0: snapshot 2 rows, 0 opened, 0 corrected, 0 removed");
}

TEST(Snapshot, newer_event_wins) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100) + closes_second(kClient, kCurl, 500, 1000));
  stage.diary.forget();
  stage.look(scope(150, 300), {row(kClient, established)});
  EXPECT_THAT(stage.diary.of(12), IsEmpty());
  EXPECT_EQ(stage.count(12), 1U) << "the record has ended since: no second one";
  EXPECT_TRUE(stage.get(12).gone);
}

TEST(Snapshot, fills_in_details_of_known_records) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  SocketRow r = row(kClient, established);
  r.receive_queue = 17;
  r.send_queue = 4;
  r.total_retransmits = 3;
  stage.look(scope(150, 400), {r});
  EXPECT_EQ(stage.get(12).receive_queue, 17U);
  EXPECT_EQ(stage.get(12).inode, 5012U);
  EXPECT_EQ(stage.get(12).retransmits, 3U);
  stage.play({Ev(kClient, EventKind::retransmit, established, established).at(120),
              Ev(kClient, EventKind::retransmit, established, established).at(500)});
  EXPECT_EQ(stage.get(12).retransmits, 4U) << "the older one is in the socket's own count";
}

TEST(Snapshot, listener_without_a_port_learns_it) {
  Stage stage;
  stage.play({Ev(kListener, close, listen).at(1).by(kNginx).unbound()});
  stage.look(scope(10, 20), {row(kListener, listen)});
  stage.play(is_accepted(kServer, 250));
  EXPECT_EQ(stage.get(13).owner.pid, kNginx.pid);
}

// The event that explains it is on its way: state at once, lines when it comes.
TEST(Snapshot, older_event_read_after_the_row) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.diary.forget();
  stage.look(scope(600, 700), {row(kClient, close_wait)});
  EXPECT_THAT(stage.diary.of(12), IsEmpty());
  EXPECT_EQ(stage.get(12).state, close_wait);
  stage.play(closes_second(kClient, kCurl, 500, 1000));
  EXPECT_THAT(stage.diary.of(12), ElementsAre("ESTABLISHED > CLOSE_WAIT @500 after 300 [curl/100 connect]",
                                              "CLOSE_WAIT > LAST_ACK @1000 after 500 [curl/100 close]",
                                              "LAST_ACK > CLOSE @1020 after 20 [curl/100 close]",
                                              "end normal, first remote [curl/100 close]"));
  EXPECT_FALSE(stage.get(12).gap);
}

TEST(Snapshot, birth_read_after_the_row) {
  Stage stage;
  stage.look(scope(300, 400), {row(kClient, established)});
  EXPECT_TRUE(stage.get(12).existed_before);
  stage.play(connects(kClient, kCurl, 100));
  const Connection& c = stage.get(12);
  EXPECT_FALSE(c.existed_before);
  EXPECT_EQ(c.opened, us(100));
  EXPECT_EQ(c.established, us(200));
  EXPECT_EQ(c.state_since, us(200));
  EXPECT_EQ(c.direction, Direction::active);
  EXPECT_EQ(c.owner.pid, kCurl.pid);
  EXPECT_EQ(stage.count(12), 1U);
}

// Without a known loss the end is an event on its way; only when it stays out is it a gap.
TEST(Snapshot, missing_row_waits_for_its_event) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.diary.forget();
  stage.look(scope(5000, 5100), {});
  EXPECT_THAT(stage.diary.of(12), IsEmpty());
  stage.play(closes_second(kClient, kCurl, 3000, 4000));
  EXPECT_EQ(stage.diary.of(12).back(), "end normal, first remote [curl/100 close]");
  stage.tracker.advance(us(20 * kSecond));
  EXPECT_EQ(stage.diary.of(12).back(), "end normal, first remote [curl/100 close]");
}

TEST(Snapshot, missing_row_whose_event_never_comes) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.diary.forget();
  stage.look(scope(5000, 5100), {});
  stage.tracker.advance(us(500'000));
  EXPECT_THAT(stage.diary.of(12), IsEmpty());
  stage.tracker.advance(us(1'100'000));
  EXPECT_THAT(stage.diary.of(12), ElementsAre("ESTABLISHED > CLOSE @5100 confirmed [curl/100 connect]",
                                              "end unknown, first none, gap [curl/100 connect]"));
  EXPECT_TRUE(stage.get(12).gone);
}

TEST(Snapshot, missing_twice_is_gone) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.look(scope(5000, 5100), {});
  stage.look(scope(6000, 6100), {});
  EXPECT_EQ(stage.diary.of(12).back(), "end unknown, first none, gap [curl/100 connect]");
}

TEST(Snapshot, missing_once_and_found_again) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.look(scope(5000, 5100), {});
  stage.look(scope(6000, 6100), {row(kClient, established)});
  stage.tracker.advance(us(20 * kSecond));
  EXPECT_EQ(stage.get(12).state, established);
  EXPECT_EQ(stage.tracker.live_count(), 1U);
}

TEST(Snapshot, missing_rows_prove_nothing_outside_their_scope) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  SnapshotScope other = scope(5000, 5100);
  other.namespaces = {kNetns + 1};
  stage.look(other, {});
  stage.look(time_wait_scope(6000, 6100), {});
  stage.look(scope(150, 10'000), {});  // begun before the newest event
  stage.tracker.advance(us(20 * kSecond));
  EXPECT_EQ(stage.get(12).state, established);
}

TEST(Snapshot, closed_socket_that_a_descriptor_holds_has_no_row) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, established, close).at(200).error(104)});
  stage.look(scope(5000, 5100), {});
  stage.look(scope(6000, 6100), {});
  stage.tracker.advance(us(20 * kSecond));
  EXPECT_EQ(stage.tracker.live_count(), 1U);
  EXPECT_FALSE(stage.get(12).ended);
}

TEST(Snapshot, row_of_a_socket_taken_for_gone) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.look(scope(5000, 5100), {});
  stage.look(scope(6000, 6100), {});
  ASSERT_TRUE(stage.get(12).gone);
  stage.look(scope(7000, 7100), {row(kClient, established)});
  EXPECT_EQ(stage.tracker.live_count(), 1U);
}

TEST(Snapshot, event_of_a_socket_taken_for_gone) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.look(scope(5000, 5100), {});
  stage.look(scope(6000, 6100), {});
  ASSERT_TRUE(stage.get(12).gone);
  stage.play(closes_second(kClient, kCurl, 8000, 9000));
  EXPECT_EQ(stage.diary.of(12).back(), "end normal, first remote [curl/100 close]");
  EXPECT_EQ(stage.count(12), 1U);
}

TEST(Polling, first_snapshot_is_silent_then_differences_are_news) {
  Stage stage;
  const auto poll = [](std::int64_t t) {
    SnapshotScope s = scope(t, t + 10);
    s.emit_changes = true;
    return s;
  };
  const Socket later = socket(30, "10.0.0.1", 1000, "10.0.0.2", 80);
  stage.look(poll(100), {row(kListener, listen), row(kClient, syn_sent)});
  EXPECT_THAT(stage.diary.of(12), IsEmpty());
  stage.look(poll(1000), {row(kListener, listen), row(kClient, established), row(later, established)});
  stage.look(poll(2000), {row(kListener, listen), row(kClient, close_wait),
                          time_wait_row(later, time_wait, std::chrono::seconds(60))});
  stage.look(poll(3000), {row(kListener, listen), time_wait_row(later, time_wait, std::chrono::seconds(59))});
  stage.look(poll(70 * kSecond), {row(kListener, listen)});
  EXPECT_THAT(stage.diary.of(12), ElementsAre("SYN_SENT > ESTABLISHED @1010 confirmed [- unknown]",
                                              "ESTABLISHED > CLOSE_WAIT @2010 confirmed [- unknown]",
                                              "CLOSE_WAIT > CLOSE @3010 confirmed [- unknown]",
                                              "end unknown, first remote [- unknown]"));
  EXPECT_THAT(stage.diary.of(30), ElementsAre("CLOSE > ESTABLISHED @1010 confirmed [- unknown]",
                                              "ESTABLISHED > TIME_WAIT @2010 confirmed [- unknown]",
                                              "end normal, first none, time_wait [- unknown]",
                                              "TIME_WAIT > CLOSE @59003010 expected [- unknown]"));
  EXPECT_FALSE(stage.get(30).existed_before);
  EXPECT_FALSE(stage.get(30).gap);
}

TEST(Polling, without_cookies_rows_are_matched_by_addresses) {
  Stage stage;
  const auto poll = [](std::int64_t t) {
    SnapshotScope s = scope(t, t + 10);
    s.emit_changes = true;
    s.has_cookies = false;
    return s;
  };
  const auto bare = [](SocketRow r) {
    r.cookie = 0;
    return r;
  };
  SocketRow worker1 = bare(row(kListener, listen));
  SocketRow worker2 = worker1;  // SO_REUSEPORT: equal but for the inode
  worker2.inode = 6000;
  stage.look(poll(100), {worker1, worker2, bare(row(kClient, established))});
  EXPECT_EQ(stage.tracker.live_count(), 3U);
  stage.diary.forget();
  stage.look(poll(1000), {worker2, worker1, bare(row(kClient, fin_wait2))});
  EXPECT_EQ(stage.tracker.live_count(), 3U);
  SocketRow orphan = bare(row(kClient, fin_wait2));
  orphan.inode = 0;
  stage.look(poll(1500), {worker1, worker2, orphan});
  stage.look(poll(2000),
             {worker1, worker2, bare(time_wait_row(kClient, time_wait, std::chrono::seconds(60)))});
  EXPECT_EQ(stage.tracker.live_count(), 3U);
  SocketRow reused = bare(row(kClient, syn_sent));
  reused.inode = 7777;
  stage.look(poll(3000), {worker1, worker2, reused});
  EXPECT_EQ(stage.tracker.live_count(), 3U);
  EXPECT_THAT(stage.diary.all(),
              testing::IsSupersetOf({"0: ESTABLISHED > FIN_WAIT2 @1010 confirmed [- unknown]",
                                     "0: FIN_WAIT2 > TIME_WAIT @2010 confirmed [- unknown]",
                                     "0: end normal, first local, time_wait [- unknown]",
                                     "0: TIME_WAIT > CLOSE @3010 after 1000 confirmed [- unknown]",
                                     "0: CLOSE > SYN_SENT @3010 confirmed [- unknown]"}));
  stage.look(poll(4000), {worker1});
  EXPECT_EQ(stage.tracker.live_count(), 1U);
}

TEST(Loss, is_counted_marked_and_repaired) {
  Stage stage;
  const Socket unseen = socket(31, "10.0.0.1", 1001, "10.0.0.2", 80);
  stage.play(listens(kListener, kNginx, 1) + connects(kClient, kCurl, 100) + is_accepted(kServer, 250));
  EXPECT_FALSE(stage.tracker.needs_repair());
  stage.tracker.apply_loss(42, us(1000), us(2000));
  EXPECT_TRUE(stage.tracker.needs_repair());
  EXPECT_EQ(stage.diary.all().back(), "0: lost 42");
  EXPECT_EQ(stage.tracker.counters().lost_events, 42U);
  EXPECT_TRUE(stage.get(12).gap);
  stage.diary.forget();
  stage.look(scope(1500, 1600),
             {row(kListener, listen), row(kClient, established), row(kServer, established)});
  EXPECT_TRUE(stage.tracker.needs_repair()) << "begun before the loss was over";
  stage.look(time_wait_scope(2100, 2150), {});
  EXPECT_TRUE(stage.tracker.needs_repair());
  stage.look(scope(3000, 3100), {row(kListener, listen), row(kClient, close_wait), row(unseen, established)});
  EXPECT_FALSE(stage.tracker.needs_repair());
  EXPECT_THAT(stage.diary.of(12), ElementsAre("ESTABLISHED > CLOSE_WAIT @3100 confirmed [curl/100 connect]"));
  EXPECT_THAT(stage.diary.of(13), ElementsAre("ESTABLISHED > CLOSE @3100 confirmed [nginx/200 inherited]",
                                              "end unknown, first none, gap [nginx/200 inherited]"));
  EXPECT_THAT(stage.diary.all(), Contains("0: snapshot 3 rows, 1 opened, 1 corrected, 1 removed"));
  EXPECT_TRUE(stage.get(31).gap);
  stage.diary.forget();
  stage.play(connects(socket(40, "10.0.0.1", 5, "10.0.0.2", 80), kCurl, 4000));
  EXPECT_FALSE(stage.get(40).gap);
  stage.play({Ev(kClient, close_wait, last_ack).at(5000).by(kCurl).done().shut(3),
              Ev(kClient, last_ack, close).at(5010).done().dead().shut(3).final()});
  EXPECT_EQ(stage.diary.of(12).back(), "end normal, first remote, gap [curl/100 close]");
}

TEST(Loss, hand_over_in_the_gap) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.tracker.apply_loss(3, us(900), us(1100));
  stage.diary.forget();
  stage.look(scope(3000, 3100), {time_wait_row(kClient, time_wait, std::chrono::seconds(60))});
  EXPECT_THAT(stage.diary.of(12), ElementsAre("ESTABLISHED > TIME_WAIT @3100 confirmed [curl/100 connect]",
                                              "end normal, first none, time_wait, gap [curl/100 connect]"));
}

TEST(Loss, close_in_the_gap_of_a_socket_that_was_held) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, established, close).at(200).error(104)});
  stage.tracker.apply_loss(3, us(900), us(1100));
  stage.look(scope(3000, 3100), {});
  EXPECT_EQ(stage.diary.of(12).back(), "end reset_by_peer, first remote, gap [curl/100 connect]");
  EXPECT_EQ(stage.tracker.live_count(), 0U);
}

TEST(Loss, destroy_whose_close_was_lost) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, EventKind::destroy, close, close).at(2000).by(kCurl).error(110)});
  EXPECT_EQ(stage.diary.of(12).back(), "end unknown, first none, gap [curl/100 close]");
}

TEST(Loss, connections_that_ended_within_it_are_marked_too) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100) + closes_second(kClient, kCurl, 500, 1000));
  stage.play(connects(socket(30, "10.0.0.1", 1, "10.0.0.2", 2), kCurl, 100));
  stage.tracker.apply_loss(1, us(900), us(1100));
  EXPECT_TRUE(stage.get(12).gap);
  stage.play(connects(socket(32, "10.0.0.1", 3, "10.0.0.2", 2), kCurl, 1200));
  EXPECT_FALSE(stage.get(32).gap);
}

// A socket enters the tables a little after the event of its birth.
TEST(Loss, repair_waits_for_a_socket_born_at_its_start) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 2900) + connects(kClient, kCurl, 100));
  stage.tracker.apply_loss(3, us(2000), us(3000));
  stage.look(scope(3000, 3100), {row(kClient, established)});
  EXPECT_EQ(stage.get(7).state, listen);
  EXPECT_TRUE(stage.tracker.needs_repair());
  stage.look(scope(300'000, 300'100), {row(kClient, established)});
  EXPECT_EQ(stage.diary.of(7).back(), "end unknown, first none, gap [nginx/200 listen]");
  EXPECT_FALSE(stage.tracker.needs_repair());
}

TEST(Loss, a_hole_nobody_reported_is_a_gap_too) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, close_wait, last_ack).at(1000).by(kCurl).done().shut(3),
              Ev(kClient, last_ack, close).at(1020).done().dead().shut(3).final()});
  EXPECT_EQ(stage.diary.of(12).back(), "end normal, first remote, gap [curl/100 close]");
}

}  // namespace
}  // namespace conntrail::track::script
