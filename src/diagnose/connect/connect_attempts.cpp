#include "connect/connect_attempts.h"

#include <algorithm>
#include <unordered_map>

#include "connect/connect_verdict.h"
#include "finding_builder.h"
#include "full_listeners.h"

namespace conntrail::diagnose {
namespace {

// An answer to the first SYN takes less than its retransmission timer; two sent again are no accident.
constexpr std::uint32_t kUnanswered = 2;

bool is_attempt(const Evidence& evidence, const Connection& c) {
  if (c.direction != Direction::active || c.tuple.remote.port == 0 || failed_for_want_of_port(c))
    return false;
  if (in_interval(evidence, c.opened)) return true;
  if (in_interval(evidence, c.established)) return true;
  if (c.established.known()) return false;
  return c.state == TcpState::syn_sent || in_interval(evidence, c.closed);
}

void take_established(const Connection& c, ConnectAttempts& to) {
  ++to.established;
  to.answers = true;
  to.last_established = std::max(to.last_established, c.established);
  if (c.syn_retransmits > 0) ++to.established_after_retransmit;
  if (!c.opened.known() || !c.established.known()) return;
  const std::int64_t latency = (c.established - c.opened).count();
  to.latency_ns.push_back(latency);
  if (c.syn_retransmits == 0) to.clean_latency_ns.push_back(latency);
}

void take_silent(const Evidence& evidence, const Connection& c, ConnectAttempts& to) {
  to.failed_processes.add(c);
  const MonoTime end = c.closed.known() ? c.closed : evidence.to;
  const MonoTime begin = c.opened.known() ? c.opened : evidence.from;
  to.longest_wait_ns = std::max(to.longest_wait_ns, (end - begin).count());
}

void take_failed(const Evidence& evidence, const Connection& c, ConnectAttempts& to) {
  const auto answered = [&](std::size_t& count) {
    ++count;
    to.answers = true;
    to.failed_processes.add(c);
  };
  switch (connect_verdict(c)) {
    case ConnectVerdict::refused:
      to.last_refused = std::max(to.last_refused, c.closed);
      return answered(to.refused);
    case ConnectVerdict::reset:
      to.last_refused = std::max(to.last_refused, c.closed);
      return answered(to.reset);
    case ConnectVerdict::unreachable:
      ++to.unreachable;
      to.failed_processes.add(c);
      return;
    case ConnectVerdict::timed_out:
      ++to.timed_out;
      return take_silent(evidence, c, to);
    case ConnectVerdict::gave_up:
      ++to.given_up;
      return take_silent(evidence, c, to);
    default:
      return;
  }
}

void take_attempt(const Evidence& evidence, const Connection& c, ConnectAttempts& to) {
  ++to.attempts;
  to.processes.add(c);
  to.syn_retransmits += c.syn_retransmits;
  to.most_syn_retransmits = std::max<std::size_t>(to.most_syn_retransmits, c.syn_retransmits);
  if (was_established(c)) return take_established(c, to);
  if (c.state != TcpState::syn_sent) return take_failed(evidence, c, to);
  if (c.syn_retransmits < kUnanswered) return;
  ++to.unanswered;
  take_silent(evidence, c, to);
}

}  // namespace

std::vector<ConnectAttempts> survey_connects(const Evidence& evidence, const Fallbacks& fallbacks) {
  std::unordered_map<Peer, ConnectAttempts, PeerHash> by_destination;
  for (const Connection* c : evidence.connections) {
    if (is_attempt(evidence, *c) && !fallbacks.contains(*c))
      take_attempt(evidence, *c, by_destination[remote_of(*c)]);
  }
  for (const Connection* c : evidence.connections) {
    const auto found = by_destination.find(remote_of(*c));
    if (found == by_destination.end() || !was_established(*c)) continue;
    found->second.answers = true;
    found->second.data_retransmits += c->retransmits - std::min(c->retransmits, c->syn_retransmits);
    if (c->stats) found->second.segments += c->stats->segments_out;
  }
  const FullListeners full(evidence);
  // Sorted as pointers: there may be as many destinations as connections, and each is large.
  std::vector<ConnectAttempts*> order;
  order.reserve(by_destination.size());
  for (auto& [destination, attempts] : by_destination) {
    attempts.destination = destination;
    attempts.full_listener_here = full.are_at(destination);
    order.push_back(&attempts);
  }
  std::ranges::sort(order, {}, [](const ConnectAttempts* a) { return a->destination; });
  std::vector<ConnectAttempts> out;
  out.reserve(order.size());
  for (ConnectAttempts* attempts : order) out.push_back(std::move(*attempts));
  return out;
}

}  // namespace conntrail::diagnose
