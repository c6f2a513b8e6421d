#include "conntrail/session/listener_check.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "conntrail/snapshot/snapshot.h"
#include "conntrail/snapshot/socket_held.h"
#include "share.h"

namespace conntrail::session {
namespace {

using snapshot::Held;

// A busy server is not asked for each of its connections; asking takes some microseconds.
constexpr Nanoseconds kAnswerHolds = std::chrono::milliseconds(5);
constexpr Nanoseconds kBetweenLooks = std::chrono::milliseconds(100);
// A look that showed no holder at all would show none a second later either.
constexpr Nanoseconds kLookWasInVain = std::chrono::seconds(30);
// Of a listener with hundreds of workers these stand for all.
constexpr std::size_t kMostAsked = 4;

// Whether the processes that are taken for the listener's holders still are. `unknown`: nobody is known to
// hold it, or they cannot be asked.
Held ask(const Connection& listener) {
  if (listener.holders.empty()) {
    if (!listener.owner.known()) return Held::yes;  // nothing would be guessed
    return snapshot::process_lives(listener.owner.pid) ? Held::unknown : Held::no;
  }
  const std::size_t count = std::min(listener.holders.size(), kMostAsked);
  std::size_t gone = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Holder& holder = listener.holders[i];
    if (snapshot::holds_socket(holder.pid, holder.fd, listener.inode, holder.comm) == Held::no) ++gone;
  }
  if (gone == 0) return Held::yes;
  return gone == count ? Held::no : Held::unknown;
}

// Retransmits and what the peer does: no process of this side shows itself, so the guess is told again.
bool is_news_from_outside(const SocketEvent& event) {
  switch (event.kind) {
    case EventKind::state:
      return event.from == TcpState::established && event.to == TcpState::close_wait;
    case EventKind::retransmit:
    case EventKind::reset_sent:
    case EventKind::reset_received:
      return true;
    default:
      return false;
  }
}

// What the tracker is told of a socket that the process taken for its owner does not hold.
SocketHolder nobody_holds(std::uint64_t cookie, std::uint64_t inode) {
  SocketHolder nobody;
  nobody.cookie = cookie;
  nobody.inode = inode;
  return nobody;
}

}  // namespace

std::vector<ListenerCheck::Doubtful> ListenerCheck::doubtful(const SocketEvent& event,
                                                             const track::Tracker& tracker, MonoTime now,
                                                             bool look_was_taken) {
  std::vector<Doubtful> found;
  tracker.for_each_listener_of(event, [&](const Connection& listener) {
    Asked& asked = asked_[listener.id];
    const bool fresh = asked.at.known() && now - asked.at < kAnswerHolds;
    if (fresh && !look_was_taken) return;
    asked.at = look_was_taken && listener.holders.empty() ? now + kLookWasInVain : now;
    // What a look has just shown need not be asked for.
    if (look_was_taken && !listener.holders.empty()) {
      asked.disowned = false;
      return;
    }
    const Held held = asked.disowned ? Held::unknown : ask(listener);
    if (held != Held::yes) found.push_back({listener.id, listener.cookie, listener.inode, held == Held::no});
  });
  return found;
}

bool ListenerCheck::look(TrackerInput& input) {
  if (!std::exchange(tried_iterator_, true)) {
    if (auto iterator = kernel::OwnerIterator::open()) iterator_.emplace(std::move(*iterator));
  }
  const MonoTime begin = mono_now();
  input.advance(begin);
  auto scan = snapshot::scan_owners(OwnerMethod::automatic, iterator_ ? &*iterator_ : nullptr);
  const bool complete = scan && scan->complete;
  if (scan) input.apply(std::move(scan->holders), scan->complete);
  const MonoTime end = mono_now();
  next_look_ = end + std::max(kBetweenLooks, (end - begin) * kShare);
  return complete;
}

bool ListenerCheck::was_answered(const SocketEvent& event) const {
  return event.time - answered_.time < kAnswerHolds && event.tuple.local == answered_.tuple.local &&
         may_be_same(event.tuple.network_namespace(), answered_.tuple.network_namespace()) &&
         event.tuple.family == answered_.tuple.family &&
         (!event.clone_incomplete || event.cookie == answered_.cookie);
}

void ListenerCheck::before(const SocketEvent& event, const track::Tracker& tracker, TrackerInput& input) {
  if (event.kind == EventKind::state && event.from == TcpState::listen && event.to == TcpState::syn_recv) {
    if (!was_answered(event)) before_birth(event, tracker, input);
  } else if (event.cookie != 0 && is_news_from_outside(event)) {
    before_news(event, tracker, input);
  }
}

void ListenerCheck::before_news(const SocketEvent& event, const track::Tracker& tracker,
                                TrackerInput& input) {
  const auto guessed = [&]() -> std::uint32_t {
    const Connection* const connection = tracker.find_by_cookie(event.cookie);
    return connection != nullptr && connection->owner.source == OwnerSource::inherited ? connection->owner.pid
                                                                                       : 0;
  };
  const std::uint32_t pid = guessed();
  if (pid == 0 || (pid == living_ && event.time - living_at_ < kAnswerHolds)) return;
  if (snapshot::process_lives(pid)) {
    living_ = pid;
    living_at_ = event.time;
    return;
  }
  if (mono_now() >= next_look_ && look(input)) return;
  if (guessed() == pid) input.apply({nobody_holds(event.cookie, 0)}, false);
}

void ListenerCheck::before_birth(const SocketEvent& event, const track::Tracker& tracker,
                                 TrackerInput& input) {
  constexpr std::size_t kMostListeners = 4096;
  if (asked_.size() > kMostListeners) asked_.clear();
  const MonoTime now = mono_now();
  std::vector<Doubtful> open = doubtful(event, tracker, now, false);
  if (open.empty()) {
    answered_ = event;
    return;
  }
  if (now >= next_look_) {
    const bool complete = look(input);
    open = doubtful(event, tracker, now, true);
    // Held by nobody: the listener has closed with its process, after this event, and the guess was right.
    if (complete) return;
  }
  std::vector<SocketHolder> nobody;
  for (const Doubtful& listener : open) {
    if (!listener.refuted) continue;
    asked_[listener.id].disowned = true;
    nobody.push_back(nobody_holds(listener.cookie, listener.inode));
  }
  if (!nobody.empty()) input.apply(std::move(nobody), false);
}

}  // namespace conntrail::session
