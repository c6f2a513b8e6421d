#include <optional>

#include "cells.h"
#include "conntrail/base/errno_name.h"
#include "conntrail/base/text.h"
#include "conntrail/view/line.h"
#include "durations.h"
#include "palette.h"
#include "trail_text.h"

namespace conntrail::view {
namespace {

const std::string kUnknown = "-";

std::string duration_text(std::optional<Nanoseconds> duration) {
  return duration ? format_duration(*duration) : kUnknown;
}

std::string time_left_text(std::optional<Nanoseconds> left) {
  return left == Nanoseconds(0) ? "due" : duration_text(left);
}

std::string microseconds_text(std::uint32_t microseconds) {
  return format_duration(std::chrono::microseconds(microseconds));
}

std::string number_or_unknown(std::uint64_t number) {
  return number != 0 ? std::to_string(number) : kUnknown;
}

std::string time_text(MonoTime time, const CellContext& context) {
  if (!time.known()) return kUnknown;
  std::string out;
  const std::int64_t real_ns = context.clock.real_ns(time);
  if (context.dates) {
    append_local_date_time_us(out, real_ns);
  } else {
    append_local_time_us(out, real_ns);
  }
  return out;
}

// An ended connection has no queues.
std::string queue_text(const Connection& connection, std::uint32_t octets) {
  return connection.ended ? kUnknown : std::to_string(octets);
}

}  // namespace

std::string cell_text(ColumnId column, const Connection& c, const CellContext& context, std::size_t most) {
  switch (column) {
    case ColumnId::id:
      return number_or_unknown(c.id);
    case ColumnId::netns:
      return number_or_unknown(c.tuple.netns);
    case ColumnId::cookie:
      return number_or_unknown(c.cookie);
    case ColumnId::inode:
      return number_or_unknown(c.inode);
    case ColumnId::family:
      return c.tuple.family == Family::unspecified ? kUnknown : std::string(family_name(c.tuple.family));
    case ColumnId::direction:
      return std::string(c.direction == Direction::unknown ? "-" : direction_name(c.direction));
    case ColumnId::state:
      return std::string(c.state == TcpState::unknown ? "-" : tcp_state_name(c.state));
    case ColumnId::age:
      return duration_text(age(c, context.now));
    case ColumnId::owner:
      return owner_and_holders_text(c, most);
    case ColumnId::uid:
      return c.owner.has_uid ? std::to_string(c.owner.uid) : kUnknown;
    case ColumnId::cgroup:
      return number_or_unknown(c.owner.cgroup_id);
    case ColumnId::local:
      return to_string(c.tuple.local);
    case ColumnId::remote:
      return to_string(c.tuple.remote);
    case ColumnId::receive_queue:
      return queue_text(c, c.receive_queue);
    case ColumnId::send_queue:
      return queue_text(c, c.send_queue);
    case ColumnId::retransmits:
      return std::to_string(c.retransmits);
    case ColumnId::syn_retransmits:
      return std::to_string(c.syn_retransmits);
    case ColumnId::bytes_sent:
      return c.stats ? std::to_string(c.stats->bytes_sent) : kUnknown;
    case ColumnId::bytes_received:
      return c.stats ? std::to_string(c.stats->bytes_received) : kUnknown;
    case ColumnId::rtt:
      return c.stats && c.stats->srtt_us != 0 ? microseconds_text(c.stats->srtt_us) : kUnknown;
    case ColumnId::min_rtt:
      return c.stats && c.stats->min_rtt_us ? microseconds_text(*c.stats->min_rtt_us) : kUnknown;
    case ColumnId::opened:
      return time_text(c.opened, context);
    case ColumnId::closed:
      return time_text(c.closed, context);
    case ColumnId::connect:
      return duration_text(connect_time(c));
    case ColumnId::duration:
      return duration_text(duration(c, context.now));
    case ColumnId::time_wait_left:
      return time_left_text(time_wait_left(c, context.now));
    case ColumnId::error:
      return c.error != 0 ? errno_name(c.error) : kUnknown;
    case ColumnId::reason:
      return cut_end(reason_text(c), most);
    case ColumnId::holders:
      return cut_end(holders_text(c), most);
    case ColumnId::trail:
      return trail_text(c, TrailOptions{context.now, most, context.trail_with_present});
  }
  return kUnknown;
}

std::string_view cell_colour(ColumnId column, const Connection& c) {
  switch (column) {
    case ColumnId::state:
      return c.gone ? kDim : state_colour(c.state);
    case ColumnId::reason:
      return is_failure(c.end_reason) ? kRed : kDim;
    case ColumnId::error:
      return c.error != 0 ? kRed : kNoColour;
    case ColumnId::retransmits:
      return c.retransmits > 0 ? kYellow : kNoColour;
    default:
      return kNoColour;
  }
}

}  // namespace conntrail::view
