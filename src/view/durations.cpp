#include "durations.h"

#include <algorithm>

namespace conntrail::view {
namespace {

std::optional<Nanoseconds> between(MonoTime begin, MonoTime end) {
  if (!begin.known() || !end.known()) return std::nullopt;
  return end - begin;
}

// A caller's `now` may be a little older than the newest event.
std::optional<Nanoseconds> not_negative(std::optional<Nanoseconds> time) {
  return time ? std::optional(std::max(*time, Nanoseconds(0))) : std::nullopt;
}

bool passed(const Connection& connection, TcpState state) {
  return std::any_of(connection.trail.begin(), connection.trail.end(),
                     [state](const TrailStep& step) { return step.state == state; });
}

}  // namespace

std::optional<Nanoseconds> age(const Connection& connection, MonoTime now) {
  return not_negative(between(connection.state_since, now));
}

std::optional<Nanoseconds> duration(const Connection& connection, MonoTime now) {
  return not_negative(between(connection.opened, connection.ended ? connection.closed : now));
}

std::optional<Nanoseconds> connect_time(const Connection& connection) {
  if (connection.direction != Direction::active) return std::nullopt;
  return between(connection.opened, connection.established);
}

std::optional<Nanoseconds> time_wait_left(const Connection& connection, MonoTime now) {
  if (!connection.time_wait || connection.gone) return std::nullopt;
  return not_negative(between(now, connection.time_wait_expires));
}

std::optional<Nanoseconds> time_in_step(const TrailStep& step) { return between(step.entered, step.left); }

bool ended_in_handshake(const Connection& connection) {
  if (connection.established.known() || passed(connection, TcpState::established)) return false;
  return passed(connection, TcpState::syn_sent) || passed(connection, TcpState::syn_recv) ||
         connection.syn_retransmits > 0;
}

MonoTime end_time(const Connection& connection) {
  return connection.closed.known() ? connection.closed : connection.last_event;
}

}  // namespace conntrail::view
