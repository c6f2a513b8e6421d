// Why a connection ended: each verdict where it is true, and its neighbour where it is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "lives.h"

namespace conntrail::track::script {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::StartsWith;

Ev begins_connect(const Socket& s, std::int64_t t) {
  return Ev(s, close, syn_sent).at(t).by(kCurl).unbound();
}

EndReason reason_after(const std::vector<SocketEvent>& events) {
  Stage stage;
  stage.play(events);
  return stage.get(12).end_reason;
}

TEST(Endings, NoFreePortIsWhatConnectFailsOf) {
  Stage stage;
  Socket portless = kClient;
  portless.tuple.local.port = 0;
  stage.play({begins_connect(portless, 100), Ev(portless, syn_sent, close).at(105).by(kCurl).unbound()});
  EXPECT_EQ(stage.get(12).end_reason, EndReason::no_port);
  EXPECT_EQ(stage.get(12).closed_first, ClosedFirst::none);
  EXPECT_THAT(stage.diary.of(12), Contains(StartsWith("end no_port"))) << "though its descriptor is open";
  EXPECT_TRUE(stage.get(12).ended);
  EXPECT_FALSE(stage.get(12).gone);
}

// bind() to a port that another connection to the same destination has: no SYN is sent.
TEST(Endings, ATakenPortIsNoPortEither) {
  const auto failed = [](std::uint32_t segments) {
    SocketStats stats;
    stats.segments_out = segments;
    return reason_after(
        {begins_connect(kClient, 100), Ev(kClient, syn_sent, close).at(104).by(kCurl).stats(stats)});
  };
  EXPECT_EQ(failed(0), EndReason::no_port);
  EXPECT_EQ(failed(1), EndReason::gave_up);
}

// connect(AF_UNSPEC) leaves ECONNRESET on the socket that becomes a listener.
TEST(Endings, AListenerIsNotReset) {
  Stage stage;
  stage.play({Ev(kServer, close, listen).at(100).by(kNginx),
              Ev(kServer, listen, close).at(500).by(kNginx).shut(3).error(ECONNRESET).final()});
  const Connection& listener = stage.get(kServer.cookie);
  EXPECT_EQ(listener.end_reason, EndReason::normal);
  EXPECT_EQ(listener.error, 0);
}

// The kernel answers data for a closed socket by an RST, also once a time-wait socket stands for it.
TEST(Endings, AResetOutOfFinWait2IsOurs) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100) + closes_first(kClient, kCurl, 1000));
  stage.look(time_wait_scope(kSecond, kSecond + 100),
             {time_wait_row(kClient, fin_wait2, std::chrono::seconds(50))});
  stage.play({Ev(kClient, EventKind::reset_sent, fin_wait2, fin_wait2).at(2 * kSecond)});
  stage.look(time_wait_scope(3 * kSecond, 3 * kSecond + 100), {});
  EXPECT_TRUE(stage.get(12).reset_sent);
  EXPECT_EQ(stage.get(12).end_reason, EndReason::reset_by_local);
}

TEST(Endings, GivingUpIsTheProgramsDoing) {
  EXPECT_EQ(reason_after({begins_connect(kClient, 100),
                          Ev(kClient, syn_sent, close).at(5000).by(kCurl).shut(3).final()}),
            EndReason::gave_up);
  // connect(AF_UNSPEC): the port was there.
  EXPECT_EQ(reason_after({begins_connect(kClient, 100), Ev(kClient, syn_sent, close).at(5000).by(kCurl)}),
            EndReason::gave_up);
}

TEST(Endings, AnIcmpErrorThatDidNotEndTheSocketRejectedIt) {
  Stage stage;
  stage.play({begins_connect(kClient, 100),
              Ev(kClient, syn_sent, close).at(400).by(kCurl).shut(3).final().soft_error(EHOSTUNREACH)});
  EXPECT_EQ(stage.get(12).end_reason, EndReason::rejected);
  EXPECT_EQ(stage.get(12).error, EHOSTUNREACH);
  EXPECT_EQ(stage.get(12).closed_first, ClosedFirst::none);
  // One that ended it is told as before.
  EXPECT_EQ(
      reason_after({begins_connect(kClient, 100), Ev(kClient, syn_sent, close).at(400).error(EHOSTUNREACH)}),
      EndReason::unreachable);
  // What is no answer from the network is none.
  EXPECT_EQ(
      reason_after({begins_connect(kClient, 100),
                    Ev(kClient, syn_sent, close).at(400).by(kCurl).shut(3).final().soft_error(ETIMEDOUT)}),
      EndReason::gave_up);
}

class Fallback : public testing::Test {
 protected:
  const Socket slow = socket(12, "10.0.0.1", 40000, "10.0.0.2", 443);
  const Socket quick = socket(14, "10.0.0.1", 40001, "10.0.0.3", 443);
  Stage stage;
  void drop_slow_at(std::int64_t t) {
    stage.play({Ev(slow, syn_sent, close).at(t).by(kCurl).shut(3).final()});
  }
};

TEST_F(Fallback, IsWhatAnotherAddressHasAnswered) {
  stage.play({begins_connect(slow, 100), begins_connect(quick, 200'100),
              Ev(quick, syn_sent, established).at(200'900)});
  drop_slow_at(201'000);
  EXPECT_EQ(stage.get(12).end_reason, EndReason::fallback);
  EXPECT_EQ(to_string(stage.get(12).fallback_addr), "10.0.0.3");
}

TEST_F(Fallback, IsNotWhatAnotherProcessConnected) {
  stage.play({begins_connect(slow, 100), Ev(quick, close, syn_sent).at(200'100).by(kNginx).unbound(),
              Ev(quick, syn_sent, established).at(200'900)});
  drop_slow_at(201'000);
  EXPECT_EQ(stage.get(12).end_reason, EndReason::gave_up);
}

TEST_F(Fallback, IsNotALaterGivingUp) {
  stage.play({begins_connect(slow, 100), begins_connect(quick, 200'100),
              Ev(quick, syn_sent, established).at(200'900)});
  drop_slow_at(5 * kSecond);
  EXPECT_EQ(stage.get(12).end_reason, EndReason::gave_up);
}

TEST_F(Fallback, IsNotAConnectThatHadNothingToDoWithIt) {
  stage.play({begins_connect(slow, 100), begins_connect(quick, 4'900'000),
              Ev(quick, syn_sent, established).at(4'999'000)});
  drop_slow_at(5'000'000);
  EXPECT_EQ(stage.get(12).end_reason, EndReason::gave_up) << "an ordinary timeout of five seconds";
}

TEST(Endings, ASignalThatEndsTheProcessIsNamed) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, established, fin_wait1).at(1000).by(kCurl).shut(3).dying_of(SIGKILL)});
  EXPECT_EQ(stage.get(12).closer_signal, SIGKILL);
  Stage other;
  other.play(connects(kClient, kCurl, 100) + closes_first(kClient, kCurl, 1000));
  EXPECT_EQ(other.get(12).closer_signal, 0);
}

TEST(Endings, RepairIsNoReset) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, established, close).at(1000).by(kCurl).shut(3).final().repair()});
  EXPECT_EQ(stage.get(12).end_reason, EndReason::repair);
  EXPECT_EQ(stage.get(12).closed_first, ClosedFirst::none);
  EXPECT_FALSE(stage.get(12).reset_sent);
}

TEST(Endings, WithoutThePeersFinItIsNotNormal) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100) + closes_first(kClient, kCurl, 1000));
  EXPECT_THAT(stage.diary.of(12), Not(Contains(StartsWith("end")))) << "the FIN may be on its way";
  stage.tracker.advance(us(60'000));
  EXPECT_THAT(stage.diary.of(12), Contains("end unknown, first local, time_wait [curl/100 close]"));
  // tcp_fin_timeout is over, as a row's timer told.
  stage.look(time_wait_scope(kSecond, kSecond + 100),
             {time_wait_row(kClient, fin_wait2, std::chrono::seconds(2))});
  stage.diary.forget();
  stage.look(time_wait_scope(4 * kSecond, 4 * kSecond + 100), {});
  EXPECT_EQ(stage.get(12).end_reason, EndReason::timeout);
  EXPECT_FALSE(stage.get(12).fin_received);
  EXPECT_THAT(stage.diary.of(12), Contains("correction timeout, first local, time_wait"));
}

TEST(Endings, AFinWait2ThatWentBeforeItsTimeIsUnknown) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100) + closes_first(kClient, kCurl, 1000));
  stage.look(time_wait_scope(kSecond, kSecond + 100),
             {time_wait_row(kClient, fin_wait2, std::chrono::seconds(50))});
  stage.look(time_wait_scope(2 * kSecond, 2 * kSecond + 100), {});
  EXPECT_EQ(stage.get(12).end_reason, EndReason::unknown);
}

TEST(Endings, ALateFinMakesItNormal) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100) + closes_first(kClient, kCurl, 1000));
  stage.tracker.advance(us(60'000));
  stage.diary.forget();
  stage.look(time_wait_scope(kSecond, kSecond + 100),
             {time_wait_row(kClient, time_wait, std::chrono::seconds(60))});
  EXPECT_THAT(stage.diary.of(12), Contains("correction normal, first local, time_wait"));
}

// FIN_WAIT1 → FIN_WAIT2 → CLOSE, and the RST that answers the peer's data right behind it.
TEST(Endings, DataAfterCloseIsAnsweredWithAReset) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100) + closes_first(kClient, kCurl, 1000));
  stage.play({Ev(kClient, EventKind::reset_sent, close, close).at(1025).dead()});
  EXPECT_EQ(stage.get(12).end_reason, EndReason::reset_by_local);
  EXPECT_FALSE(stage.get(12).time_wait);
  EXPECT_THAT(stage.diary.of(12), Contains("end reset_by_local, first local [curl/100 close]"));
  EXPECT_THAT(stage.diary.of(12), Not(Contains(StartsWith("end normal"))));
  EXPECT_THAT(stage.diary.of(12), Not(Contains(StartsWith("correction"))));
}

// tcp_reset() is called for data as for an RST; what follows tells.
TEST(Endings, DataInFinWait1IsNoResetReceived) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, established, fin_wait1).at(1000).by(kCurl).shut(3),
              Ev(kClient, EventKind::reset_received, fin_wait1, fin_wait1).at(1020).dead().shut(3),
              Ev(kClient, fin_wait1, close).at(1021).dead().shut(3).error(ECONNRESET).final(),
              Ev(kClient, EventKind::reset_sent, close, close).at(1022).dead()});
  stage.tracker.advance(us(100'000));
  EXPECT_EQ(stage.get(12).end_reason, EndReason::reset_by_local);
  EXPECT_FALSE(stage.get(12).reset_received);
  EXPECT_TRUE(stage.get(12).reset_sent);
  EXPECT_THAT(stage.diary.of(12), Not(Contains("reset received")));
  EXPECT_THAT(stage.diary.of(12), Contains("end reset_by_local, first local [curl/100 close]"));
}

TEST(Endings, ARealResetInFinWait1IsOne) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, established, fin_wait1).at(1000).by(kCurl).shut(3),
              Ev(kClient, EventKind::reset_received, fin_wait1, fin_wait1).at(1020).dead().shut(3),
              Ev(kClient, fin_wait1, close).at(1021).dead().shut(3).error(ECONNRESET).final()});
  EXPECT_THAT(stage.diary.of(12), Not(Contains(StartsWith("end"))));
  stage.tracker.advance(us(100'000));
  EXPECT_TRUE(stage.get(12).reset_received);
  EXPECT_EQ(stage.get(12).end_reason, EndReason::reset_by_peer);
  EXPECT_TRUE(stage.get(12).gone);
  const auto lines = stage.diary.of(12);
  EXPECT_THAT(lines, Contains("reset received"));
  EXPECT_THAT(lines, Contains("end reset_by_peer, first local [curl/100 close]"));
}

TEST(Endings, ATimeWaitRowAloneDoesNotTellWhoClosedFirst) {
  Stage stage;
  stage.look(scope(100, 200), {time_wait_row(kClient, time_wait, std::chrono::seconds(30))});
  EXPECT_EQ(stage.get(12).closed_first, ClosedFirst::none);
  EXPECT_TRUE(stage.get(12).fin_sent);
  EXPECT_TRUE(stage.get(12).fin_received);
}

TEST(Endings, StatisticsAreNeverOverwrittenByEmptiedOnes) {
  SocketStats full;
  full.bytes_sent = 500;
  full.segments_out = 5;
  full.segments_in = 4;
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, established, close).at(1000).by(kCurl).stats(full),
              Ev(kClient, EventKind::destroy, close, close).at(2000).by(kCurl).shut(3).dead().stats({})});
  ASSERT_TRUE(stage.get(12).stats);
  EXPECT_EQ(stage.get(12).stats->bytes_sent, 500U);
}

TEST(Endings, RetransmitsAreSegmentsAsTheSocketCountsThem) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, EventKind::retransmit, established, established).at(500).sent_again(20),
              Ev(kClient, EventKind::retransmit, established, established).at(700).sent_again(41)});
  EXPECT_EQ(stage.get(12).retransmits, 41U);
  EXPECT_THAT(stage.diary.of(12), Contains("retransmit #41 in ESTABLISHED"));
}

// ---- the passive handshake ----

TEST(Handshake, LastsSinceTheFirstSynAck) {
  Stage stage;
  stage.play({Ev(kServer, listen, syn_recv).at(500'000),
              Ev(kServer, syn_recv, established).at(500'010).handshake(499'001)});
  EXPECT_EQ(stage.get(13).opened, us(1009));
  EXPECT_THAT(stage.diary.of(13), ElementsAre("LISTEN > SYN_RECV @1009 [- unknown]",
                                              "SYN_RECV > ESTABLISHED @500010 after 499001 [- unknown]"));
}

TEST(Handshake, WithoutAMeasurementItBeginsWhereItWasSeen) {
  // Whole milliseconds come out of a timestamp option: SYN cookies have bits of theirs in it.
  for (const std::uint32_t sample : {0U, 62'000U}) {
    Stage stage;
    stage.play({Ev(kServer, listen, syn_recv).at(70'500),
                Ev(kServer, syn_recv, established).at(70'510).handshake(sample)});
    EXPECT_EQ(stage.get(13).opened, us(70'500));
  }
}

TEST(Handshake, ItsFirstLineWaitsNoLongerThanAMoment) {
  Stage stage;
  stage.play({Ev(kServer, listen, syn_recv).at(500)});
  EXPECT_THAT(stage.diary.of(13), ElementsAre());
  stage.tracker.advance(us(60'000));
  EXPECT_THAT(stage.diary.of(13), ElementsAre("LISTEN > SYN_RECV @500 [- unknown]"));
}

SocketEvent synack_again(std::int64_t t, std::uint32_t times, std::uint32_t since_first) {
  Socket request = kServer;
  request.cookie = 0;
  return Ev(request, EventKind::synack_retransmit, syn_recv, syn_recv)
      .at(t)
      .sent_again(times)
      .handshake(since_first);
}

TEST(Handshake, AHalfOpenConnectionHasItsRecordAndItsChildTakesIt) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1));
  stage.play({synack_again(1'001'000, 1, 1'000'000), synack_again(3'001'000, 2, 3'000'000)});
  const auto half_open = stage.diary.of(0);
  EXPECT_THAT(half_open, ElementsAre("LISTEN > SYN_RECV @1000 [nginx/200 inherited]",
                                     "retransmit synack #1 in SYN_RECV", "retransmit synack #2 in SYN_RECV"));
  stage.play({Ev(kServer, listen, syn_recv).at(3'500'000),
              Ev(kServer, syn_recv, established).at(3'500'010).sent_again(2)});
  EXPECT_EQ(stage.tracker.live_count(), 2U) << "one record for the listener and one for the connection";
  EXPECT_EQ(stage.get(13).opened, us(1000));
  EXPECT_EQ(stage.get(13).syn_retransmits, 2U);
  EXPECT_EQ(stage.get(13).owner.pid, kNginx.pid);
  EXPECT_THAT(stage.diary.of(13),
              ElementsAre("SYN_RECV > ESTABLISHED @3500010 after 3499010 [nginx/200 inherited]"));
}

TEST(Handshake, AHalfOpenConnectionDoesNotStayForEver) {
  Stage stage;
  stage.play({synack_again(1'000'000, 1, 1'000'000)});
  stage.tracker.advance(us(100 * kSecond));
  EXPECT_EQ(stage.tracker.live_count(), 1U);
  stage.tracker.advance(us(140 * kSecond));
  EXPECT_EQ(stage.tracker.live_count(), 0U);
  EXPECT_THAT(stage.diary.of(0), Contains(testing::HasSubstr("SYN_RECV > CLOSE @140000000")));
  EXPECT_THAT(stage.diary.of(0), Contains(testing::HasSubstr("expected")));
  // When it ended, nobody knows.
  const auto ended = stage.diary.of(0);
  EXPECT_EQ(std::ranges::count_if(ended, [](const std::string& line) { return line.contains(" after "); }),
            0);
}

// Nobody saw it end, so nothing is said of when.
TEST(Handshake, AHalfOpenConnectionThatExpiredHasNoTimeOfItsEnd) {
  struct Ends final : ChangeSink {
    void on_change(const Change& change) override {
      if (const auto* end = std::get_if<End>(&change)) connections.push_back(*end->connection);
    }
    std::vector<Connection> connections;
  } ends;
  Tracker tracker(ends);
  tracker.apply(synack_again(1'000'000, 1, 1'000'000));
  tracker.advance(us(140 * kSecond));
  ASSERT_EQ(ends.connections.size(), 1U);
  EXPECT_TRUE(ends.connections[0].ended);
  EXPECT_FALSE(ends.connections[0].closed.known());
  EXPECT_FALSE(ends.connections[0].trail.back().entered.known());
}

TEST(Handshake, TheChildKnowsHowManySynAcksWereSentAgain) {
  Stage stage;
  stage.play(
      {Ev(kServer, listen, syn_recv).at(500), Ev(kServer, syn_recv, established).at(510).sent_again(2)});
  EXPECT_EQ(stage.get(13).syn_retransmits, 2U);
  EXPECT_EQ(stage.get(13).retransmits, 2U);
}

}  // namespace
}  // namespace conntrail::track::script
