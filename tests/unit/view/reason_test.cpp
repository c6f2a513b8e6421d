#include <gtest/gtest.h>

#include <cerrno>

#include "conntrail/view/line.h"
#include "samples.h"

namespace conntrail::view {
namespace {

using namespace samples;

Connection ended(EndReason reason, int error = 0) {
  Connection c = established_client();
  c.ended = true;
  c.end_reason = reason;
  c.error = error;
  return c;
}

Connection ended_in_syn_sent(EndReason reason, int error = 0) {
  Connection c = ended(reason, error);
  c.established = {};
  c.trail.resize(1);
  return c;
}

TEST(ReasonText, ALivingConnectionHasNone) {
  EXPECT_EQ(reason_text(established_client()), "");
  EXPECT_EQ(reason_text(listener()), "");
  EXPECT_EQ(reason_text(bare()), "");
}

TEST(ReasonText, WhoClosedFirst) {
  Connection c = ended(EndReason::normal);
  c.closed_first = ClosedFirst::local;
  EXPECT_EQ(reason_text(c), "closed first by curl/812");
  c.owner.source = OwnerSource::inherited;
  EXPECT_EQ(reason_text(c), "closed first by ~curl/812");
  c.owner = {};
  EXPECT_EQ(reason_text(c), "closed first by this side");
  c.closed_first = ClosedFirst::remote;
  EXPECT_EQ(reason_text(c), "closed first by peer");
  c.closed_first = ClosedFirst::both;
  EXPECT_EQ(reason_text(c), "closed by both");
  c.closed_first = ClosedFirst::none;
  EXPECT_EQ(reason_text(c), "");
}

TEST(ReasonText, APortThatIsTakenIsNotOneThatIsMissing) {
  Connection c = ended_in_syn_sent(EndReason::no_port);
  EXPECT_EQ(reason_text(c), "its local port is already in use for this destination (EADDRNOTAVAIL)");
  c.tuple.local.port = 0;
  EXPECT_EQ(reason_text(c), "no free local port (EADDRNOTAVAIL)");
}

TEST(ReasonText, AResetAfterTheFinClaimsNoMore) {
  Connection c = ended(EndReason::reset_by_peer, ECONNRESET);
  EXPECT_EQ(reason_text(c), "reset by peer");
  c.fin_received = true;
  EXPECT_EQ(reason_text(c), "reset by peer, after its FIN");
}

TEST(ReasonText, AHalfClosedConnectionSaysWhoClosed) {
  EXPECT_EQ(reason_text(ipv6_server()), "closed first by peer");
}

TEST(ReasonText, Timeouts) {
  EXPECT_EQ(reason_text(syn_timeout()), "timeout after 6 SYN retransmits (gap)");
  Connection c = ended_in_syn_sent(EndReason::timeout, ETIMEDOUT);
  EXPECT_EQ(reason_text(c), "timeout");
  c.retransmits = c.syn_retransmits = 1;
  EXPECT_EQ(reason_text(c), "timeout after 1 SYN retransmit");

  // The SYN that was sent again was answered; what it died of are the other fifteen.
  Connection data = ended(EndReason::timeout, ETIMEDOUT);
  data.retransmits = 16;
  data.syn_retransmits = 1;
  EXPECT_EQ(reason_text(data), "timeout after 15 retransmits");
  data.retransmits = 1;
  EXPECT_EQ(reason_text(data), "timeout");  // keepalive
}

TEST(ReasonText, Failures) {
  EXPECT_EQ(reason_text(ended_in_syn_sent(EndReason::refused, ECONNREFUSED)), "refused");
  EXPECT_EQ(reason_text(ended(EndReason::reset_by_peer, ECONNRESET)), "reset by peer");
  EXPECT_EQ(reason_text(ended(EndReason::reset_by_local)), "reset by curl/812");
  EXPECT_EQ(reason_text(ended(EndReason::unreachable, EHOSTUNREACH)), "unreachable (EHOSTUNREACH)");
  EXPECT_EQ(reason_text(ended(EndReason::unreachable)), "unreachable");
  EXPECT_EQ(reason_text(ended(EndReason::killed, ECONNABORTED)), "killed");
  EXPECT_EQ(reason_text(ended_in_syn_sent(EndReason::aborted)), "aborted before it was established");
  EXPECT_EQ(reason_text(ended(EndReason::aborted)), "aborted");
  Connection closed_listener = listener();
  closed_listener.ended = true;
  closed_listener.end_reason = EndReason::aborted;
  closed_listener.state = TcpState::close;
  EXPECT_EQ(reason_text(closed_listener), "listener closed by nginx/900");
  closed_listener.owner = {};
  EXPECT_EQ(reason_text(closed_listener), "listener closed");
}

TEST(ReasonText, AnErrnoSpeaksWhereTheRecordDoesNot) {
  EXPECT_EQ(reason_text(ended(EndReason::unknown, ECONNREFUSED)), "refused");
  EXPECT_EQ(reason_text(ended(EndReason::unknown, EPROTO)), "EPROTO");
  Connection c = ended(EndReason::unknown, ECONNRESET);
  EXPECT_EQ(reason_text(c), "reset by peer");
  c.reset_sent = true;
  EXPECT_EQ(reason_text(c), "reset by curl/812");
}

TEST(ReasonText, NamesAreMadePrintable) {
  Connection c = hostile_name();
  c.ended = true;
  c.end_reason = EndReason::reset_by_local;
  EXPECT_EQ(reason_text(c), "reset by ?[2J\"a\",?\?/812");
}

Transition transition(const Connection& c, TcpState from, TcpState to, int error = 0) {
  return {&c, kNoon, from, to, {}, error, Evidence::event};
}

TEST(TransitionReason, SpeaksOfWhatJustHappened) {
  const Connection open = established_client();
  EXPECT_EQ(reason_text(transition(open, TcpState::syn_sent, TcpState::established)), "");
  const Connection c = time_wait_client();
  EXPECT_EQ(reason_text(transition(c, TcpState::established, TcpState::fin_wait1)),
            "closed first by curl/812");
  EXPECT_EQ(reason_text(transition(c, TcpState::fin_wait1, TcpState::fin_wait2)), "");
  EXPECT_EQ(reason_text(transition(c, TcpState::fin_wait2, TcpState::time_wait)), "closed first by curl/812");
  EXPECT_EQ(reason_text(transition(c, TcpState::time_wait, TcpState::close)), "");
  const Connection server = ipv6_server();
  EXPECT_EQ(reason_text(transition(server, TcpState::established, TcpState::close_wait)),
            "closed first by peer");
  EXPECT_EQ(reason_text(transition(server, TcpState::close_wait, TcpState::last_ack)), "");
}

TEST(TransitionReason, TakesTheErrorOfTheTransitionBeforeTheRecordHasOne) {
  Connection c = established_client();
  c.established = {};
  c.trail.resize(1);
  EXPECT_EQ(reason_text(transition(c, TcpState::syn_sent, TcpState::close, ECONNREFUSED)), "refused");
  c.end_reason = EndReason::unreachable;
  EXPECT_EQ(reason_text(transition(c, TcpState::syn_sent, TcpState::close, ENETUNREACH)),
            "unreachable (ENETUNREACH)");
}

TEST(TransitionReason, WithoutARecordOnlyTheErrnoIsLeft) {
  Transition t;
  EXPECT_EQ(reason_text(t), "");
  t.error = ECONNRESET;
  EXPECT_EQ(reason_text(t), "ECONNRESET");
}

}  // namespace
}  // namespace conntrail::view
