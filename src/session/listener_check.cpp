#include "conntrail/session/listener_check.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "conntrail/snapshot/snapshot.h"
#include "conntrail/snapshot/socket_held.h"

namespace conntrail::session {
namespace {

using snapshot::Held;

// A busy server is not asked for each of its connections.
constexpr Nanoseconds kAnswerHolds = std::chrono::milliseconds(50);
// Reading all file tables again may take no more than a twentieth of the time.
constexpr Nanoseconds kBetweenLooks = std::chrono::seconds(1);
constexpr int kShare = 20;
// Of a listener with hundreds of workers these stand for all.
constexpr std::size_t kMostAsked = 4;

// Whether the processes that are taken for the listener's holders still are. `unknown`: nobody is known to hold
// it, or they cannot be asked.
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

}  // namespace

std::vector<ListenerCheck::Doubtful> ListenerCheck::doubtful(const SocketEvent& event,
                                                             const track::Tracker& tracker, MonoTime now,
                                                             bool look_was_taken) {
  std::vector<Doubtful> found;
  tracker.for_each_listener_of(event, [&](const Connection& listener) {
    Asked& asked = asked_[listener.id];
    const bool fresh = asked.at.known() && now - asked.at < kAnswerHolds;
    if (fresh && !look_was_taken) return;
    asked.at = now;
    // What a look has just shown need not be asked for.
    if (look_was_taken && !listener.holders.empty()) {
      asked.disowned = false;
      return;
    }
    const Held held = asked.disowned ? Held::unknown : ask(listener);
    if (held != Held::yes)
      found.push_back({listener.id, listener.cookie, listener.inode, held == Held::no});
  });
  return found;
}

void ListenerCheck::look(TrackerInput& input) {
  if (!std::exchange(tried_iterator_, true)) {
    if (auto iterator = kernel::OwnerIterator::open()) iterator_.emplace(std::move(*iterator));
  }
  const MonoTime begin = mono_now();
  input.advance(begin);
  auto scan = snapshot::scan_owners(OwnerMethod::automatic, iterator_ ? &*iterator_ : nullptr);
  if (scan) input.apply(std::move(scan->holders), scan->complete);
  const MonoTime end = mono_now();
  next_look_ = end + std::max(kBetweenLooks, (end - begin) * kShare);
}

void ListenerCheck::before(const SocketEvent& event, const track::Tracker& tracker, TrackerInput& input) {
  if (event.kind != EventKind::state || event.from != TcpState::listen || event.to != TcpState::syn_recv)
    return;
  constexpr std::size_t kMostListeners = 4096;
  if (asked_.size() > kMostListeners) asked_.clear();
  const MonoTime now = mono_now();
  std::vector<Doubtful> open = doubtful(event, tracker, now, false);
  if (open.empty()) return;
  if (now >= next_look_) {
    look(input);
    open = doubtful(event, tracker, now, true);
  }
  std::vector<SocketHolder> nobody;
  for (const Doubtful& listener : open) {
    if (!listener.refuted) continue;
    asked_[listener.id].disowned = true;
    SocketHolder holder;
    holder.cookie = listener.cookie;
    holder.inode = listener.inode;
    nobody.push_back(std::move(holder));
  }
  if (!nobody.empty()) input.apply(std::move(nobody), false);
}

}  // namespace conntrail::session
