#include "conntrail/model/connection.h"

#include "conntrail/base/member_count.h"

namespace conntrail {

static_assert(std::tuple_size_v<decltype(kConnectionFields)> == member_count<Connection>(),
              "a field of Connection is not in kConnectionFields: add it at the end of that list "
              "(conntrail/model/connection.h), then go on with docs/how-to.md, 'Add a field to a record'");

std::string_view direction_name(Direction direction) {
  switch (direction) {
    case Direction::active:
      return "active";
    case Direction::passive:
      return "passive";
    case Direction::unknown:
      break;
  }
  return "unknown";
}

std::string_view closed_first_name(ClosedFirst closed_first) {
  switch (closed_first) {
    case ClosedFirst::local:
      return "local";
    case ClosedFirst::remote:
      return "remote";
    case ClosedFirst::both:
      return "both";
    case ClosedFirst::none:
      break;
  }
  return "none";
}

std::string_view end_reason_name(EndReason reason) {
  switch (reason) {
    case EndReason::normal:
      return "normal";
    case EndReason::refused:
      return "refused";
    case EndReason::timeout:
      return "timeout";
    case EndReason::reset_by_peer:
      return "reset_by_peer";
    case EndReason::reset_by_local:
      return "reset_by_local";
    case EndReason::aborted:
      return "aborted";
    case EndReason::unreachable:
      return "unreachable";
    case EndReason::killed:
      return "killed";
    case EndReason::no_port:
      return "no_port";
    case EndReason::rejected:
      return "rejected";
    case EndReason::gave_up:
      return "gave_up";
    case EndReason::fallback:
      return "fallback";
    case EndReason::repair:
      return "repair";
    case EndReason::unknown:
      break;
  }
  return "unknown";
}

std::string_view mark_kind_name(MarkKind kind) {
  switch (kind) {
    case MarkKind::retransmit:
      return "retransmit";
    case MarkKind::syn_retransmit:
      return "syn_retransmit";
    case MarkKind::reset_sent:
      return "reset_sent";
    case MarkKind::reset_received:
      return "reset_received";
    case MarkKind::owner:
      return "owner";
  }
  return "unknown";
}

bool has_failed(const Connection& c) {
  if (!c.ended) return false;
  switch (c.end_reason) {
    case EndReason::normal:
    case EndReason::unknown:
    case EndReason::fallback:  // the program has its connection, to another address
    case EndReason::repair:
      return false;
    default:
      return true;
  }
}

bool knows_closed_first(const Connection& connection) {
  if (connection.closed_first != ClosedFirst::none) return true;
  return connection.ended && connection.end_reason != EndReason::unknown && !connection.fin_sent &&
         !connection.fin_received;
}

}  // namespace conntrail
