// Why a connection ended, in words: the end reason, its errno, who closed first.
#include <cerrno>
#include <string>
#include <string_view>

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

std::string counted(std::uint32_t count, std::string_view what) {
  std::string out = std::to_string(count);
  out += ' ';
  out += what;
  if (count != 1) out += 's';
  return out;
}

std::string timeout_text(const Connection& connection) {
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

std::string closed_first_text(const Connection& connection) {
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

std::string unreachable_text(int error) {
  return error == 0 ? "unreachable" : "unreachable (" + errno_name(error) + ")";
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
      return "reset by peer";
    case EndReason::reset_by_local:
      return "reset by " + by_owner(connection);
    case EndReason::aborted:
      return aborted_text(connection);
    case EndReason::unreachable:
      return unreachable_text(error);
    case EndReason::killed:
      return "killed";
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
