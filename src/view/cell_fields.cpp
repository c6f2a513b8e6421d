// CSV fields: the values of the JSON keys of the same names, in the same notation.
#include <optional>
#include <utility>

#include "cells.h"
#include "conntrail/base/errno_name.h"
#include "conntrail/base/text.h"
#include "durations.h"
#include "json_parts.h"

namespace conntrail::view {
namespace {

std::string number_field(std::uint64_t number) {
  return number != 0 ? std::to_string(number) : std::string();
}

std::string microseconds_field(std::optional<Nanoseconds> duration) {
  std::string out;
  if (duration) append_microseconds(out, *duration);
  return out;
}

std::string time_field(MonoTime time, const WallClock& clock) {
  std::string out;
  if (time.known()) append_rfc3339(out, clock.real_ns(time));
  return out;
}

void append_endpoint(std::vector<std::string>& fields, const Endpoint& endpoint) {
  const bool known = endpoint.address.family != Family::unspecified;
  fields.push_back(known ? to_string(endpoint.address) : std::string());
  fields.push_back(number_field(endpoint.port));
}

std::string queue_field(const Connection& connection, std::uint32_t octets) {
  return connection.ended ? std::string() : std::to_string(octets);
}

template <class Function>
std::string json_field(Function&& write) {
  std::string out;
  {
    JsonWriter json(out);
    std::forward<Function>(write)(json);
  }
  return out;
}

}  // namespace

void append_fields(std::vector<std::string>& fields, ColumnId column, const Connection& c,
                   const CellContext& context) {
  const auto add = [&fields](std::string text) { fields.push_back(std::move(text)); };
  switch (column) {
    case ColumnId::id:
      return add(number_field(c.id));
    case ColumnId::netns:
      return add(number_field(c.tuple.netns));
    case ColumnId::cookie:
      return add(number_field(c.cookie));
    case ColumnId::inode:
      return add(number_field(c.inode));
    case ColumnId::family:
      return add(c.tuple.family == Family::unspecified ? std::string()
                                                       : std::string(family_name(c.tuple.family)));
    case ColumnId::direction:
      return add(std::string(direction_name(c.direction)));
    case ColumnId::state:
      return add(c.state == TcpState::unknown ? std::string() : std::string(tcp_state_name(c.state)));
    case ColumnId::age:
      return add(microseconds_field(age(c, context.now)));
    case ColumnId::owner:
      add(number_field(c.owner.pid));
      add(c.owner.known() ? printable(c.owner.comm) : std::string());
      return add(std::string(owner_source_name(c.owner.source)));
    case ColumnId::uid:
      return add(c.owner.has_uid ? std::to_string(c.owner.uid) : std::string());
    case ColumnId::cgroup:
      return add(number_field(c.owner.cgroup_id));
    case ColumnId::local:
      return append_endpoint(fields, c.tuple.local);
    case ColumnId::remote:
      return append_endpoint(fields, c.tuple.remote);
    case ColumnId::receive_queue:
      return add(queue_field(c, c.receive_queue));
    case ColumnId::send_queue:
      return add(queue_field(c, c.send_queue));
    case ColumnId::retransmits:
      return add(std::to_string(c.retransmits));
    case ColumnId::syn_retransmits:
      return add(std::to_string(c.syn_retransmits));
    case ColumnId::bytes_sent:
      return add(c.stats ? std::to_string(c.stats->bytes_sent) : std::string());
    case ColumnId::bytes_received:
      return add(c.stats ? std::to_string(c.stats->bytes_received) : std::string());
    case ColumnId::rtt:
      return add(c.stats ? number_field(c.stats->srtt_us) : std::string());
    case ColumnId::min_rtt:
      return add(c.stats && c.stats->min_rtt_us ? std::to_string(*c.stats->min_rtt_us) : std::string());
    case ColumnId::opened:
      return add(time_field(c.opened, context.clock));
    case ColumnId::closed:
      return add(time_field(c.closed, context.clock));
    case ColumnId::connect:
      return add(microseconds_field(connect_time(c)));
    case ColumnId::duration:
      return add(microseconds_field(duration(c, context.now)));
    case ColumnId::time_wait_left:
      return add(microseconds_field(time_wait_left(c, context.now)));
    case ColumnId::error:
      return add(errno_name(c.error));
    case ColumnId::reason:
      add(c.ended ? std::string(end_reason_name(c.end_reason)) : std::string());
      return add(c.ended || c.closed_first != ClosedFirst::none
                     ? std::string(closed_first_name(c.closed_first))
                     : std::string());
    case ColumnId::holders:
      return add(json_field([&](JsonWriter& json) { holders_array(json, c); }));
    case ColumnId::trail:
      return add(json_field([&](JsonWriter& json) { trail_array(json, c, context.clock); }));
  }
}

}  // namespace conntrail::view
