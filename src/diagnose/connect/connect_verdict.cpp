#include "connect/connect_verdict.h"

#include <algorithm>

namespace conntrail::diagnose {
namespace {

// The first SYN is sent again after a second (TCP_TIMEOUT_INIT, RFC 6298). A program that gives up sooner has
// lost interest (the slower of two addresses tried at a time), or has less patience than the path takes: no
// answer so far says nothing about the other end.
constexpr Nanoseconds kPatience{1'000'000'000};

// Something came of the SYN, or nobody knows what did.
bool ended_on_the_network(EndReason reason) {
  switch (reason) {
    case EndReason::unknown:
    case EndReason::normal:
    case EndReason::refused:
    case EndReason::timeout:
    case EndReason::reset_by_peer:
    case EndReason::reset_by_local:
    case EndReason::unreachable:
    case EndReason::rejected:
    case EndReason::killed:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool was_established(const Connection& c) {
  if (c.established.known()) return true;
  // Found by a snapshot beyond the handshake, or its step was lost.
  return c.state != TcpState::syn_sent && c.state != TcpState::syn_recv &&
         std::ranges::any_of(c.trail, [](const TrailStep& step) {
           return step.state != TcpState::syn_sent && step.state != TcpState::syn_recv &&
                  step.state != TcpState::close;
         });
}

ConnectVerdict connect_verdict(const Connection& c) {
  if (failed_for_want_of_port(c)) return ConnectVerdict::no_port;
  if (was_established(c)) return ConnectVerdict::established;
  if (c.state == TcpState::syn_sent) return ConnectVerdict::waiting;
  switch (c.end_reason) {
    case EndReason::refused:
      return ConnectVerdict::refused;
    case EndReason::reset_by_peer:
      return ConnectVerdict::reset;
    case EndReason::unreachable:
    case EndReason::rejected:
      return ConnectVerdict::unreachable;
    case EndReason::fallback:
      return ConnectVerdict::dropped;
    case EndReason::timeout:
      return ConnectVerdict::timed_out;
    default:
      break;
  }
  const bool hasty = c.syn_retransmits == 0 && (!c.opened.known() || c.closed - c.opened < kPatience);
  return hasty ? ConnectVerdict::dropped : ConnectVerdict::gave_up;
}

bool failed_for_want_of_port(const Connection& connection) {
  constexpr Nanoseconds kLongestSearch{1'000'000'000};
  return connection.direction == Direction::active && connection.tuple.local.port == 0 &&
         connection.tuple.remote.port != 0 && connection.state == TcpState::close && connection.error == 0 &&
         !connection.gap && !ended_on_the_network(connection.end_reason) && connection.opened.known() &&
         connection.closed.known() && connection.closed - connection.opened < kLongestSearch;
}

}  // namespace conntrail::diagnose
