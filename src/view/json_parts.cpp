#include "json_parts.h"

#include "cause.h"
#include "conntrail/base/errno_name.h"
#include "durations.h"

namespace conntrail::view {

void begin_line(JsonWriter& json, std::string_view type, MonoTime time, const WallClock& clock) {
  json.raw(R"({"type":")");
  json.raw_text(type);
  json.raw(R"(")");
  if (!time.known()) return;
  json.raw(R"(,"time":)");
  json.time(clock.real_ns(time));
  json.raw(R"(,"mono_ns":)");
  json.signed_number(time.ns);
}

void end_line(JsonWriter& json) { json.raw("}\n"); }

void socket_keys(JsonWriter& json, std::uint64_t cookie, const FourTuple& tuple) {
  if (cookie != 0) {
    json.raw(R"(,"cookie":)");
    json.number(cookie);
  }
  if (tuple.netns != 0) {
    json.raw(R"(,"netns":)");
    json.number(tuple.netns);
  }
  if (tuple.netns_cookie != 0) {
    json.raw(R"(,"netns_cookie":)");
    json.number(tuple.netns_cookie);
  }
  if (tuple.family != Family::unspecified) {
    json.raw(R"(,"family":")");
    json.raw_text(family_name(tuple.family));
    json.raw(R"(")");
  }
  if (tuple.local.address.family != Family::unspecified) {
    json.raw(R"(,"local_addr":)");
    json.address(tuple.local.address);
  }
  if (tuple.local.port != 0) {
    json.raw(R"(,"local_port":)");
    json.number(tuple.local.port);
  }
  if (tuple.remote.address.family != Family::unspecified) {
    json.raw(R"(,"remote_addr":)");
    json.address(tuple.remote.address);
  }
  if (tuple.remote.port != 0) {
    json.raw(R"(,"remote_port":)");
    json.number(tuple.remote.port);
  }
}

void owner_keys(JsonWriter& json, const Connection* connection) {
  if (connection == nullptr) {
    json.raw(R"(,"owner_source":"unknown","direction":"unknown")");
    return;
  }
  if (!connection->netns_name.empty()) {
    json.raw(R"(,"netns_name":)");
    json.string(connection->netns_name);
  }
  const Owner& owner = connection->owner;
  if (owner.known()) {
    json.raw(R"(,"pid":)");
    json.number(owner.pid);
  }
  if (!owner.comm.empty()) {
    json.raw(R"(,"comm":)");
    json.string(owner.comm);
  }
  if (!connection->title.empty()) {
    json.raw(R"(,"title":)");
    json.string(connection->title);
  }
  if (owner.has_uid) {
    json.raw(R"(,"uid":)");
    json.number(owner.uid);
  }
  if (owner.cgroup_id != 0) {
    json.raw(R"(,"cgroup_id":)");
    json.number(owner.cgroup_id);
  }
  json.raw(R"(,"owner_source":")");
  json.raw_text(owner_source_name(owner.source));
  json.raw(R"(","direction":")");
  json.raw_text(direction_name(connection->direction));
  json.raw(R"(")");
}

void state_key(JsonWriter& json, TcpState state) {
  if (state == TcpState::unknown) return;
  json.raw(R"(,"state":")");
  json.raw_text(tcp_state_name(state));
  json.raw(R"(")");
}

void error_key(JsonWriter& json, int error) {
  if (error == 0) return;
  json.raw(R"(,"error":")");
  json.raw_text(errno_name(error));
  json.raw(R"(")");
}

void trail_array(JsonWriter& json, const Connection& connection, const WallClock& clock) {
  json.raw("[");
  bool first = true;
  for (const TrailStep& step : connection.trail) {
    if (!first) json.raw(",");
    first = false;
    json.raw(R"({"state":")");
    json.raw_text(tcp_state_name(step.state));
    json.raw(R"(")");
    if (step.entered.known()) {
      json.raw(R"(,"at":)");
      json.time(clock.real_ns(step.entered));
    }
    if (const auto time = time_in_step(step)) {
      json.raw(R"(,"for_us":)");
      json.microseconds(*time);
    }
    json.raw("}");
  }
  json.raw("]");
}

void marks_array(JsonWriter& json, const Connection& connection, const WallClock& clock) {
  json.raw("[");
  bool first = true;
  for (const Mark& mark : connection.marks) {
    if (!first) json.raw(",");
    first = false;
    json.raw(R"({"kind":")");
    json.raw_text(mark_kind_name(mark.kind));
    json.raw(R"(","at":)");
    json.time(clock.real_ns(mark.time));
    if (mark.kind == MarkKind::owner) {
      json.raw(R"(,"from_pid":)");
      json.number(mark.from_pid);
      json.raw(R"(,"to_pid":)");
      json.number(mark.to_pid);
    }
    json.raw("}");
  }
  json.raw("]");
}

void holders_array(JsonWriter& json, const Connection& connection) {
  json.raw("[");
  bool first = true;
  for (const Holder& holder : connection.holders) {
    if (!first) json.raw(",");
    first = false;
    json.raw(R"({"pid":)");
    json.number(holder.pid);
    if (!holder.comm.empty()) {
      json.raw(R"(,"comm":)");
      json.string(holder.comm);
    }
    if (holder.fd >= 0) {
      json.raw(R"(,"fd":)");
      json.signed_number(holder.fd);
    }
    json.raw("}");
  }
  json.raw("]");
}

void cause_keys(JsonWriter& json, const Connection& connection) {
  if (knows_closed_first(connection)) {
    json.raw(R"(,"closed_first":")");
    json.raw_text(closed_first_name(connection.closed_first));
    json.raw(R"(")");
  }
  if (connection.ended && was_reset_after_fin(connection)) json.raw(R"(,"after_fin":true)");
  if (connection.closer_signal != 0) {
    json.raw(R"(,"closer_signal":)");
    json.number(connection.closer_signal);
  }
  if (connection.fallback_addr.family != Family::unspecified) {
    json.raw(R"(,"fallback_addr":)");
    json.address(connection.fallback_addr);
  }
}

void life_keys(JsonWriter& json, const Connection& connection, const WallClock& clock, MonoTime now) {
  if (connection.opened.known()) {
    json.raw(R"(,"opened":)");
    json.time(clock.real_ns(connection.opened));
  }
  if (connection.closed.known()) {
    json.raw(R"(,"closed":)");
    json.time(clock.real_ns(connection.closed));
  }
  if (const auto time = duration(connection, now)) {
    json.raw(R"(,"duration_us":)");
    json.microseconds(*time);
  }
  if (const auto time = connect_time(connection)) {
    json.raw(R"(,"connect_us":)");
    json.microseconds(*time);
  }
  if (!connection.retransmits_unknown) {
    json.raw(R"(,"retransmits":)");
    json.number(connection.retransmits);
  }
  if (!connection.syn_retransmits_unknown) {
    json.raw(R"(,"syn_retransmits":)");
    json.number(connection.syn_retransmits);
  }
  if (connection.stats) {
    json.raw(R"(,"bytes_sent":)");
    json.number(connection.stats->bytes_sent);
    json.raw(R"(,"bytes_received":)");
    json.number(connection.stats->bytes_received);
    if (connection.stats->srtt_us != 0) {  // 0: no round trip was measured
      json.raw(R"(,"srtt_us":)");
      json.number(connection.stats->srtt_us);
    }
    if (connection.stats->min_rtt_us) {
      json.raw(R"(,"min_rtt_us":)");
      json.number(*connection.stats->min_rtt_us);
    }
  }
  json.raw(R"(,"trail":)");
  trail_array(json, connection, clock);
  if (connection.trail_dropped != 0) {
    json.raw(R"(,"trail_dropped":)");
    json.number(connection.trail_dropped);
  }
  json.raw(R"(,"time_wait":)");
  json.boolean(connection.time_wait);
  if (connection.gap) json.raw(R"(,"gap":true)");
}

}  // namespace conntrail::view
