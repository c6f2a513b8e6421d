// Why a connection ended, in words: the end reason, its errno, who closed first.
#include <cerrno>
#include <string>
#include <string_view>

#include "cause.h"
#include "conntrail/base/errno_name.h"
#include "conntrail/model/listener.h"
#include "conntrail/view/line.h"
#include "durations.h"
#include "owner_text.h"

namespace conntrail::view {
namespace {

std::string by_owner(const Connection& connection) {
  return connection.owner.known() ? owner_text(connection.owner) : "this side";
}

// Behind the name of who closed.
std::string dying(const Connection& connection) {
  if (connection.closer_signal == 0) return {};
  return ", which was dying of " + signal_name(connection.closer_signal);
}

std::string counted(std::uint32_t count, std::string_view what) {
  std::string out = std::to_string(count);
  out += ' ';
  out += what;
  if (count != 1) out += 's';
  return out;
}

std::string timeout_text(const Connection& connection) {
  // tcp_fin_timeout: this side's FIN was acknowledged, the peer's never came.
  if (connection.error == 0 && connection.fin_sent && !connection.fin_received) {
    return "timeout: no FIN from the peer";
  }
  if (ended_in_handshake(connection)) {
    // A request socket's retransmitted segment is the SYN-ACK; both carry the SYN flag.
    if (connection.syn_retransmits > 0)
      return "timeout after " + counted(connection.syn_retransmits, "SYN retransmit");
    return "timeout";
  }
  // Retransmissions of the handshake were answered: the connection did not die of them.
  const std::uint32_t data_retransmits = connection.retransmits > connection.syn_retransmits
                                             ? connection.retransmits - connection.syn_retransmits
                                             : 0;
  if (data_retransmits > 0) return "timeout after " + counted(data_retransmits, "retransmit");
  return "timeout";  // keepalive
}

std::string first_closer(const Connection& connection) {
  switch (connection.closed_first) {
    case ClosedFirst::local:
      return "closed first by " + by_owner(connection);
    case ClosedFirst::remote:
      return "closed first by peer";
    case ClosedFirst::both:
      return "closed by both";
    case ClosedFirst::none:
      break;
  }
  return {};
}

std::string closed_first_text(const Connection& connection) {
  std::string text = first_closer(connection);
  return text.empty() ? text : text + dying(connection);
}

std::string unreachable_text(int error) {
  return error == 0 ? "unreachable" : "unreachable (" + errno_name(error) + ")";
}

std::string reset_by_peer_text(const Connection& connection) {
  if (was_reset_after_fin(connection)) return "reset by peer, after its FIN";
  return "reset by peer";
}

std::string gave_up_text(const Connection& connection) {
  std::string after;
  if (connection.opened.known() && connection.closed.known())
    after = " after " + format_duration(connection.closed - connection.opened);
  // Whether the first SYN was answered, by an ICMP error that the program read, nobody knows.
  if (connection.syn_retransmits == 0)
    return "closed by " + by_owner(connection) + after + ", before it was established";
  return "gave up" + after + " without an answer (" + counted(connection.syn_retransmits, "SYN") +
         " sent again)";
}

std::string rejected_text(int error) {
  // What the ICMP message became (icmp_err_convert, icmpv6_err_convert).
  switch (error) {
    case ECONNREFUSED:
      return "rejected: port unreachable (ICMP)";
    case EHOSTUNREACH:
      return "rejected: host unreachable (ICMP)";
    case ENETUNREACH:
      return "rejected: network unreachable (ICMP)";
    case EACCES:
      return "rejected: administratively prohibited (ICMP)";
    default:
      return error == 0 ? "rejected" : "rejected (" + errno_name(error) + ")";
  }
}

std::string fallback_text(const Connection& connection) {
  std::string text = "dropped for another address that answered first";
  if (connection.fallback_addr.family != Family::unspecified)
    text += " (" + plain_string(connection.fallback_addr) + ")";
  return text;
}

std::string aborted_text(const Connection& connection) {
  if (is_listener(connection))
    return connection.owner.known() ? "listener closed by " + owner_text(connection.owner)
                                    : "listener closed";
  return ended_in_handshake(connection) ? "aborted before it was established" : "aborted";
}

// The meaning of an errno alone, for a socket whose record does not say more (yet).
std::string error_text(const Connection& connection, int error) {
  switch (error) {
    case 0:
      return {};
    case ECONNREFUSED:
      return "refused";
    case ETIMEDOUT:
      return timeout_text(connection);
    case ECONNRESET:
      return connection.reset_sent && !connection.reset_received ? "reset by " + by_owner(connection)
                                                                 : "reset by peer";
    case EHOSTUNREACH:
    case ENETUNREACH:
      return unreachable_text(error);
    default:
      return errno_name(error);
  }
}

std::string end_text(const Connection& connection, int error) {
  switch (connection.end_reason) {
    case EndReason::refused:
      return "refused";
    case EndReason::timeout:
      return timeout_text(connection);
    case EndReason::reset_by_peer:
      return reset_by_peer_text(connection);
    case EndReason::reset_by_local:
      return "reset by " + by_owner(connection) + dying(connection);
    case EndReason::aborted:
      return aborted_text(connection);
    case EndReason::unreachable:
      return unreachable_text(error);
    case EndReason::killed:
      return "killed";
    case EndReason::no_port:
      return connection.tuple.local.port == 0
                 ? "no free local port (EADDRNOTAVAIL)"
                 : "its local port is already in use for this destination (EADDRNOTAVAIL)";
    case EndReason::rejected:
      return rejected_text(error);
    case EndReason::gave_up:
      return gave_up_text(connection);
    case EndReason::fallback:
      return fallback_text(connection);
    case EndReason::repair:
      return "closed under TCP_REPAIR";
    case EndReason::normal:
      return closed_first_text(connection);
    case EndReason::unknown:
      break;
  }
  std::string text = error_text(connection, error);
  return text.empty() ? closed_first_text(connection) : text;
}

}  // namespace

std::string reason_text(const Connection& connection) {
  std::string text = end_text(connection, connection.error);
  if (connection.gap) text += text.empty() ? "(gap)" : " (gap)";
  return text;
}

std::string reason_text(const Transition& transition) {
  if (transition.connection == nullptr) return errno_name(transition.error);
  const Connection& connection = *transition.connection;
  const int error = transition.error != 0 ? transition.error : connection.error;
  switch (transition.to) {
    case TcpState::close:
      // The time-wait socket's own end says nothing about the connection's.
      if (transition.from == TcpState::time_wait) return {};
      return end_text(connection, error);
    case TcpState::time_wait:
      return end_text(connection, error);
    case TcpState::fin_wait1:
    case TcpState::close_wait:
    case TcpState::closing:
      return transition.error != 0 ? error_text(connection, transition.error) : closed_first_text(connection);
    default:
      return error_text(connection, transition.error);
  }
}

}  // namespace conntrail::view
