#include "table_watch.h"

#include <utility>

namespace conntrail::observe {
namespace {

bool may_have_data(const Connection& c) {
  return !c.ended && (c.state == TcpState::established || c.state == TcpState::close_wait);
}

}  // namespace

TableWatch::State TableWatch::state_of(const Connection& c) {
  State out;
  out.state = c.state;
  // The peer's FIN counts as an octet until read() has returned 0.
  out.receive_queue = c.receive_queue;
  if (c.state == TcpState::close_wait && out.receive_queue > 0) --out.receive_queue;
  out.send_queue = c.send_queue;
  if (c.stats) {
    out.counted = true;
    out.read = static_cast<std::int64_t>(c.stats->bytes_received) - c.receive_queue;
    out.sent = static_cast<std::int64_t>(c.stats->bytes_sent);
  }
  return out;
}

void TableWatch::compare(const State& before, MonoTime time, State& now) {
  const bool counted = before.counted && now.counted;
  const bool did_read = counted ? now.read > before.read : now.receive_queue < before.receive_queue;
  const bool did_send = (counted && now.sent > before.sent) || now.send_queue < before.send_queue;
  now.watched = before.watched;
  const auto since = [&](std::int64_t queue, bool drains, MonoTime& moment) {
    if (queue <= 0) {
      moment = {};
    } else if (drains || !moment.known()) {
      moment = time;
    }
  };
  since(now.receive_queue, did_read, now.watched.unread_since);
  since(now.send_queue, did_send, now.watched.unsent_since);
  if (counted && now.sent > before.sent && before.state == TcpState::close_wait) now.watched.moved = time;
}

void TableWatch::look(const track::Tracker& tracker, MonoTime time) {
  std::unordered_map<std::uint64_t, State> seen;
  tracker.for_each_living([&](const Connection& c) {
    if (!may_have_data(c)) return;
    const bool has_data = c.receive_queue > 0 || c.send_queue > 0 || c.state == TcpState::close_wait;
    if (!has_data) return;
    State now = state_of(c);
    State fresh;
    const auto before = states_.find(c.id);
    if (before == states_.end()) {
      fresh = now;
      fresh.receive_queue = fresh.send_queue = 0;
    }
    compare(before == states_.end() ? fresh : before->second, time, now);
    seen.emplace(c.id, now);
  });
  states_ = std::move(seen);
  ++looks_;
  last_look_ = time;
}

void TableWatch::give(diagnose::Evidence& to) const {
  to.looks = looks_;
  to.last_look = last_look_;
  for (const auto& [id, state] : states_) {
    if (state.watched != diagnose::Watched{}) to.watched.emplace(id, state.watched);
  }
}

}  // namespace conntrail::observe
