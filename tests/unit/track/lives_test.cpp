// Whole lives in the order the kernel tells them: the lines a trace shows, and the record that stays.
#include "lives.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace conntrail::track::script {
namespace {

using testing::ElementsAre;

TEST(Lives, client_closes_first) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100) + closes_first(kClient, kCurl, 1000));
  EXPECT_THAT(stage.diary.of(12), ElementsAre("CLOSE > SYN_SENT @100 [curl/100 connect]",
                                              "SYN_SENT > ESTABLISHED @200 after 100 [curl/100 connect]",
                                              "ESTABLISHED > FIN_WAIT1 @1000 after 800 [curl/100 close]",
                                              "FIN_WAIT1 > FIN_WAIT2 @1020 after 20 [curl/100 close]"));
  EXPECT_EQ(stage.get(12).state, fin_wait2);
  EXPECT_TRUE(stage.tracker.needs_time_wait_check(us(1100)));

  stage.diary.forget();
  stage.look(time_wait_scope(500'000, 500'100),
             {time_wait_row(kClient, time_wait, std::chrono::seconds(60))});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("end normal, first local, time_wait [curl/100 close]",
                          "FIN_WAIT2 > TIME_WAIT @500100 after 499080 confirmed [curl/100 close]"));
  EXPECT_FALSE(stage.tracker.needs_time_wait_check(us(600'000)));
  EXPECT_FALSE(stage.tracker.needs_time_wait_check(us(58 * kSecond)));
  stage.tracker.advance(us(61 * kSecond));
  EXPECT_EQ(stage.get(12).time_wait_exit_evidence, Evidence::expected);
  EXPECT_EQ(stage.tracker.live_count(), 1U) << "expected is not seen";
  EXPECT_TRUE(stage.tracker.needs_time_wait_check(us(61 * kSecond)));

  stage.diary.forget();
  stage.look(time_wait_scope(61 * kSecond, 61 * kSecond + 100),
             {time_wait_row(kClient, time_wait, std::chrono::nanoseconds(0))});
  EXPECT_THAT(stage.diary.of(12), ElementsAre()) << "the kernel's timer is late";
  stage.look(time_wait_scope(62 * kSecond, 62 * kSecond + 100), {});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("TIME_WAIT > CLOSE @61000100 after 60500000 confirmed [curl/100 close]"));
  EXPECT_EQ(portrait(stage.get(12)),
            "CLOSE since 61000100, 127.0.0.1:40000 - 127.0.0.1:80, active, owner curl/100 close\n"
            "opened 100, established 200, closed 1022, ended, gone\n"
            "end normal, first local, error 0, fins 11, resets 00, retransmits 0/0\n"
            "time_wait 1 500100 - 60500100, confirmed, confirmed\n"
            "SYN_SENT 100-200; ESTABLISHED 200-1000; FIN_WAIT1 1000-1020; FIN_WAIT2 1020-500100; "
            "TIME_WAIT 500100-61000100; CLOSE 61000100-?; ");
  EXPECT_EQ(stage.tracker.live_count(), 0U);
  EXPECT_EQ(stage.tracker.find_by_cookie(12), nullptr);
}

TEST(Lives, server_side_of_a_client_that_closes_first) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1) + is_accepted(kServer, 150) +
             closes_second(kServer, kNginx, 1010, 1500));
  EXPECT_THAT(stage.diary.of(13),
              ElementsAre("LISTEN > SYN_RECV @150 [nginx/200 inherited]",
                          "SYN_RECV > ESTABLISHED @160 after 10 [nginx/200 inherited]",
                          "ESTABLISHED > CLOSE_WAIT @1010 after 850 [nginx/200 inherited]",
                          "CLOSE_WAIT > LAST_ACK @1500 after 490 [nginx/200 close]",
                          "LAST_ACK > CLOSE @1520 after 20 [nginx/200 close]",
                          "end normal, first remote [nginx/200 close]"));
  EXPECT_EQ(stage.get(13).direction, Direction::passive);
  EXPECT_TRUE(stage.get(13).gone);
  EXPECT_EQ(stage.get(7).state, listen);
}

TEST(Lives, server_closes_first) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1) + connects(kClient, kCurl, 100) + is_accepted(kServer, 250) +
             closes_first(kServer, kNginx, 1000) + closes_second(kClient, kCurl, 1005, 2000));
  stage.look(time_wait_scope(3000, 3100), {time_wait_row(kServer, time_wait, std::chrono::seconds(60))});
  EXPECT_THAT(stage.diary.of(13), ElementsAre("LISTEN > SYN_RECV @250 [nginx/200 inherited]",
                                              "SYN_RECV > ESTABLISHED @260 after 10 [nginx/200 inherited]",
                                              "ESTABLISHED > FIN_WAIT1 @1000 after 740 [nginx/200 close]",
                                              "FIN_WAIT1 > FIN_WAIT2 @1020 after 20 [nginx/200 close]",
                                              "end normal, first local, time_wait [nginx/200 close]",
                                              "FIN_WAIT2 > TIME_WAIT @2020 after 1000 [nginx/200 close]"))
      << "the acknowledgement of the client's FIN came from the time-wait socket";
  EXPECT_EQ(stage.get(12).closed_first, ClosedFirst::remote);
  EXPECT_EQ(stage.get(12).end_reason, EndReason::normal);
}

TEST(Lives, both_at_once) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100) + closes_at_once(kClient, kCurl, 1000));
  EXPECT_THAT(stage.diary.of(12), ElementsAre("CLOSE > SYN_SENT @100 [curl/100 connect]",
                                              "SYN_SENT > ESTABLISHED @200 after 100 [curl/100 connect]",
                                              "ESTABLISHED > FIN_WAIT1 @1000 after 800 [curl/100 close]",
                                              "FIN_WAIT1 > CLOSING @1015 after 15 [curl/100 close]",
                                              "CLOSING > TIME_WAIT @1030 after 15 [curl/100 close]",
                                              "end normal, first both, time_wait [curl/100 close]"));
}

TEST(Lives, half_close) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100) + half_closes(kClient, kCurl, 1000, 5000, 9000));
  EXPECT_THAT(stage.diary.of(12), ElementsAre("CLOSE > SYN_SENT @100 [curl/100 connect]",
                                              "SYN_SENT > ESTABLISHED @200 after 100 [curl/100 connect]",
                                              "ESTABLISHED > FIN_WAIT1 @1000 after 800 [curl/100 close]",
                                              "FIN_WAIT1 > FIN_WAIT2 @1020 after 20 [curl/100 close]",
                                              "FIN_WAIT2 > TIME_WAIT @5000 after 3980 [curl/100 close]",
                                              "end normal, first local, time_wait [curl/100 close]"));
  EXPECT_EQ(stage.get(12).time_wait_expires, us(5000 + 60 * kSecond));
}

// close() with linger 0: →CLOSE without an error, then the RST, then the end.
TEST(Lives, reset_by_linger) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, established, close).at(1000).by(kCurl).shut(3),
              Ev(kClient, EventKind::reset_sent, close, close).at(1001).by(kCurl),
              Ev(kClient, EventKind::destroy, close, close).at(1002).by(kCurl).dead().shut(3)});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("CLOSE > SYN_SENT @100 [curl/100 connect]",
                          "SYN_SENT > ESTABLISHED @200 after 100 [curl/100 connect]",
                          "ESTABLISHED > CLOSE @1000 after 800 [curl/100 close]", "reset sent",
                          "end reset_by_local, first local [curl/100 close]"));
}

TEST(Lives, reset_by_unread_data_final_at_once) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, established, close_wait).at(500).done().shut(1),
              Ev(kClient, close_wait, close).at(1000).by(kWorker).shut(3).final(),
              Ev(kClient, EventKind::reset_sent, close, close).at(1001).by(kWorker)});
  const Connection& c = stage.get(12);
  EXPECT_EQ(c.end_reason, EndReason::reset_by_local);
  EXPECT_EQ(c.closed_first, ClosedFirst::remote) << "its FIN came before our RST";
  EXPECT_EQ(c.owner.pid, kWorker.pid);
  EXPECT_TRUE(c.reset_sent);
  EXPECT_TRUE(c.gone);
}

TEST(Lives, reset_by_peer) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, EventKind::reset_received, established, established).at(1000),
              Ev(kClient, established, close).at(1001).error(ECONNRESET),
              Ev(kClient, EventKind::destroy, close, close).at(90'000).by(kCurl).dead()});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("CLOSE > SYN_SENT @100 [curl/100 connect]",
                          "SYN_SENT > ESTABLISHED @200 after 100 [curl/100 connect]", "reset received",
                          "ESTABLISHED > CLOSE @1001 after 801 error 104 [curl/100 connect]",
                          "end reset_by_peer, first remote [curl/100 close]"));
  EXPECT_EQ(stage.get(12).closed, us(1001));
}

// Data for a closed socket: the kernel goes through tcp_reset() though the RST is ours.
TEST(Lives, data_after_close_is_answered_with_a_reset) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, established, fin_wait1).at(1000).by(kCurl).shut(3),
              Ev(kClient, EventKind::reset_received, fin_wait1, fin_wait1).at(1100),
              Ev(kClient, fin_wait1, close).at(1101).error(ECONNRESET).dead().shut(3).final(),
              Ev(kClient, EventKind::reset_sent, close, close).at(1102)});
  EXPECT_EQ(stage.get(12).end_reason, EndReason::reset_by_local);
  EXPECT_EQ(stage.get(12).closed_first, ClosedFirst::local);
}

TEST(Lives, refused) {
  Stage stage;
  Socket nobody{0, tuple("127.0.0.1", 80, "127.0.0.1", 40000), 0};
  stage.play({Ev(kClient, close, syn_sent).at(100).by(kCurl).unbound(),
              Ev(nobody, EventKind::reset_sent, unknown, unknown).at(110),
              Ev(kClient, EventKind::reset_received, syn_sent, syn_sent).at(115),
              Ev(kClient, syn_sent, close).at(116).by(kCurl).error(ECONNREFUSED),
              Ev(kClient, EventKind::destroy, close, close).at(200).by(kCurl).dead()});
  EXPECT_THAT(stage.diary.of(12), ElementsAre("CLOSE > SYN_SENT @100 [curl/100 connect]", "reset received",
                                              "SYN_SENT > CLOSE @116 after 16 error 111 [curl/100 connect]",
                                              "end refused, first remote [curl/100 connect]"));
  EXPECT_THAT(stage.diary.of(0), ElementsAre("reset sent by nobody"));
  EXPECT_EQ(stage.get(12).tuple.local.port, 40000);
}

TEST(Lives, black_hole_until_timeout) {
  Stage stage;
  stage.play({Ev(kClient, close, syn_sent).at(100).by(kCurl).unbound()});
  for (int i = 1; i <= 2; ++i) {
    stage.play({Ev(kClient, EventKind::retransmit, syn_sent, syn_sent).at(i * kSecond)});
  }
  stage.play({Ev(kClient, syn_sent, close).at(7 * kSecond).error(ETIMEDOUT)});
  EXPECT_FALSE(stage.get(12).gone) << "the descriptor is open still";
  stage.play({Ev(kClient, EventKind::destroy, close, close).at(8 * kSecond).by(kCurl).dead()});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("CLOSE > SYN_SENT @100 [curl/100 connect]", "retransmit #1 in SYN_SENT",
                          "retransmit #2 in SYN_SENT",
                          "SYN_SENT > CLOSE @7000000 after 6999900 error 110 [curl/100 connect]",
                          "end timeout, first none [curl/100 connect]"));
  EXPECT_EQ(stage.get(12).syn_retransmits, 2U);
}

TEST(Lives, unreachable_connects_and_given_up_ones) {
  Stage stage;
  const Socket other = socket(20, "10.0.0.1", 5000, "10.0.0.2", 80);
  stage.play({Ev(kClient, close, syn_sent).at(100).by(kCurl).unbound(),
              Ev(kClient, syn_sent, close).at(300).error(EHOSTUNREACH),
              Ev(other, close, syn_sent).at(100).by(kCurl).unbound(),
              Ev(other, syn_sent, close).at(400).by(kWorker).shut(3).final()});
  stage.tracker.finish(us(500));
  EXPECT_EQ(stage.get(12).end_reason, EndReason::unreachable);
  EXPECT_EQ(stage.get(12).closed_first, ClosedFirst::none);
  EXPECT_EQ(stage.get(20).end_reason, EndReason::gave_up);
  EXPECT_EQ(stage.get(20).owner.pid, kWorker.pid);
}

TEST(Lives, killed_from_outside) {
  const Task ss{300, "ss", 0};
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, EventKind::reset_sent, established, established).at(999).by(ss),
              Ev(kClient, established, close).at(1000).by(ss).error(ECONNABORTED).shut(3),
              Ev(kClient, EventKind::destroy, close, close).at(2000).by(kCurl).dead()});
  EXPECT_THAT(stage.diary.of(12),
              ElementsAre("CLOSE > SYN_SENT @100 [curl/100 connect]",
                          "SYN_SENT > ESTABLISHED @200 after 100 [curl/100 connect]", "reset sent",
                          "ESTABLISHED > CLOSE @1000 after 800 error 103 [curl/100 connect]",
                          "end killed, first local [curl/100 close]"));
}

TEST(Lives, listener_ends) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1));
  stage.play({Ev(kListener, listen, close).at(1000).by(kNginx).shut(3).final()});
  EXPECT_THAT(stage.diary.of(7), ElementsAre("CLOSE > LISTEN @1 [nginx/200 listen]",
                                             "LISTEN > CLOSE @1000 after 999 [nginx/200 close]",
                                             "end normal, first local [nginx/200 close]"));
}

// Connected by one process, handed to another over AF_UNIX, closed there.
TEST(Lives, passed_to_another_process) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100) + closes_first(kClient, kWorker, 1000));
  EXPECT_EQ(stage.get(12).owner.pid, kWorker.pid);
  EXPECT_EQ(stage.get(12).owner.source, OwnerSource::close);
  stage.tracker.finish(us(2000));
  EXPECT_EQ(stage.diary.of(12).back(), "end unknown, first local, time_wait [nginx-worker/201 close]")
      << "nobody has seen the peer's FIN";
}

TEST(Lives, opened_before_we_came) {
  Stage stage;
  stage.look(scope(10, 20), {row(kClient, established)});
  stage.play(closes_first(kClient, kCurl, 1000));
  EXPECT_THAT(stage.diary.of(12), ElementsAre("ESTABLISHED > FIN_WAIT1 @1000 [curl/100 close]",
                                              "FIN_WAIT1 > FIN_WAIT2 @1020 after 20 [curl/100 close]"));
  const Connection& c = stage.get(12);
  EXPECT_TRUE(c.existed_before);
  EXPECT_FALSE(c.opened.known());
  EXPECT_FALSE(c.gap);
}

TEST(Lives, unknown_until_an_event_shows_it) {
  Stage stage;
  stage.play(closes_second(kServer, kNginx, 100, 200));
  EXPECT_THAT(stage.diary.of(13), ElementsAre("ESTABLISHED > CLOSE_WAIT @100 [- unknown]",
                                              "CLOSE_WAIT > LAST_ACK @200 after 100 [nginx/200 close]",
                                              "LAST_ACK > CLOSE @220 after 20 [nginx/200 close]",
                                              "end normal, first remote [nginx/200 close]"));
  EXPECT_TRUE(stage.get(13).existed_before);
}

TEST(Lives, simultaneous_open) {
  Stage stage;
  stage.play({Ev(kClient, close, syn_sent).at(100).by(kCurl), Ev(kClient, syn_sent, syn_recv).at(150),
              Ev(kClient, syn_recv, established).at(160)});
  EXPECT_THAT(stage.diary.of(12), ElementsAre("CLOSE > SYN_SENT @100 [curl/100 connect]",
                                              "SYN_SENT > SYN_RECV @150 after 50 [curl/100 connect]",
                                              "SYN_RECV > ESTABLISHED @160 after 10 [curl/100 connect]"));
  EXPECT_EQ(stage.get(12).direction, Direction::active);
}

// A socket may connect again after a failure: another connection on the same cookie.
TEST(Lives, second_connection_of_one_socket) {
  Stage stage;
  stage.play({Ev(kClient, close, syn_sent).at(100).by(kCurl).unbound(),
              Ev(kClient, syn_sent, close).at(200).by(kCurl).error(ECONNREFUSED)});
  stage.play(connects(kClient, kCurl, 300));
  EXPECT_THAT(stage.diary.of(12), ElementsAre("CLOSE > SYN_SENT @100 [curl/100 connect]",
                                              "SYN_SENT > CLOSE @200 after 100 error 111 [curl/100 connect]",
                                              "end refused, first remote [curl/100 connect]",
                                              "CLOSE > SYN_SENT @300 [curl/100 connect]",
                                              "SYN_SENT > ESTABLISHED @400 after 100 [curl/100 connect]"));
  EXPECT_EQ(stage.count(12), 2U);
  EXPECT_EQ(stage.tracker.live_count(), 1U);
  EXPECT_EQ(stage.tracker.find_by_cookie(12)->id, 2U);
}

TEST(Lives, statistics_and_retransmits_come_with_the_close) {
  SocketStats stats;
  stats.bytes_sent = 1234;
  stats.retransmits = 5;
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, EventKind::retransmit, established, established).at(500),
              Ev(kClient, established, close).at(1000).error(ETIMEDOUT).final().stats(stats)});
  EXPECT_EQ(stage.get(12).stats, stats);
  EXPECT_EQ(stage.get(12).retransmits, 5U)
      << "the socket counts segments, of which one event may have several";
  EXPECT_EQ(stage.get(12).end_reason, EndReason::timeout);
}

TEST(Lives, counters) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1) + connects(kClient, kCurl, 100) + is_accepted(kServer, 250) +
             closes_second(kServer, kNginx, 1010, 1500));
  EXPECT_EQ(stage.tracker.counters().connections, 3U);
  EXPECT_EQ(stage.tracker.counters().transitions, 8U);
  EXPECT_EQ(stage.tracker.counters().ended, 1U);
}

TEST(Lives, same_events_twice_change_nothing) {
  const Life life = listens(kListener, kNginx, 1) + connects(kClient, kCurl, 100) +
                    is_accepted(kServer, 250) + closes_first(kClient, kCurl, 1000) +
                    closes_second(kServer, kNginx, 1010, 1500);
  Stage once;
  once.play(life);
  Stage twice;
  for (const SocketEvent& event : life) twice.play({event, event});
  EXPECT_EQ(once.diary.all(), twice.diary.all());
  twice.play(life);
  EXPECT_EQ(once.diary.all(), twice.diary.all());
  EXPECT_EQ(portrait(once.get(12)), portrait(twice.get(12)));
}

}  // namespace
}  // namespace conntrail::track::script
