// Tracker: the only place that knows TCP. It merges kernel events and snapshot rows into one record per
// connection.
//
// Pure: no I/O, no clock, no threads; the time comes with each call. Not thread-safe: one writer.
// The merge rules are docs/architecture.md §"Merge rules".
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/model/change.h"
#include "conntrail/model/connection.h"
#include "conntrail/model/snapshot_scope.h"
#include "conntrail/model/socket_event.h"
#include "conntrail/model/socket_row.h"
#include "conntrail/model/time_wait_count.h"

namespace conntrail::track {

// Receives each change while the record is as the change left it.
class ChangeSink {
 public:
  ChangeSink() = default;
  ChangeSink(const ChangeSink&) = delete;
  ChangeSink& operator=(const ChangeSink&) = delete;
  virtual ~ChangeSink() = default;
  virtual void on_change(const Change& change) = 0;
  // Nothing of the connection is left in the kernel: this is its final record, unless an event comes late
  // (then this is called again). The reference is valid during the call only.
  virtual void on_gone(const Connection& connection) { static_cast<void>(connection); }
};

struct Limits {
  std::size_t ended_bytes = std::size_t{64}
                            << 20;  // budget for records of connections that are gone, oldest out first
  std::size_t trail_steps = 64;     // per record; the oldest steps go first, counted in trail_dropped
};

struct Counters {
  std::uint64_t connections = 0;  // records ever opened
  std::uint64_t transitions = 0;
  std::uint64_t retransmits = 0;
  std::uint64_t resets = 0;
  std::uint64_t ended = 0;
  std::uint64_t lost_events = 0;
  std::uint64_t let_go = 0;  // ended records dropped for the byte budget
};

class Tracker {
 public:
  explicit Tracker(ChangeSink& sink, Limits limits = {});
  ~Tracker();
  Tracker(const Tracker&) = delete;
  Tracker& operator=(const Tracker&) = delete;

  // A connection that lived when it was last observed, on this boot; to be given before the first snapshot.
  // If a complete snapshot shows it, its known past continues, and what changed meanwhile is a `confirmed`
  // transition with `gap`. If the snapshot lacks it and no event says more, it ends so. Ignored when it is
  // gone, has no cookie, or is known already.
  void restore(const Connection& connection);

  void apply(const SocketEvent& event);
  void apply(const SnapshotScope& scope, std::span<const SocketRow> rows);
  // Which processes have which socket open, as it was after the snapshot or the moment of advance() that was
  // told last. `complete`: every process was read, so a socket that is not listed has no holder, and an owner
  // that is not among a socket's holders is none any more. A holder without a pid says that the socket was
  // looked for and the process that was taken for its owner does not hold it.
  void apply(std::span<const SocketHolder> holders, bool complete);
  // `count` events were lost between `from` and `to`: living records of that interval are marked, and the
  // next complete snapshot repairs them.
  void apply_loss(std::uint64_t count, MonoTime from, MonoTime to);
  // Time passes: nothing is invented, but expected ends of time-wait sockets become due (see
  // needs_time_wait_check).
  void advance(MonoTime now);
  // No more events will come: connections in CLOSE whose descriptor is still open get their end now.
  void finish(MonoTime now);

  // What the host calls a network namespace from now on; empty = it has no name any more, and the kernel may
  // give its number to another. Records keep the name that was theirs.
  void name_namespace(std::uint32_t netns, const std::string& name);
  // Where records get their owner's command line from: asked when an owner becomes known and again when it is
  // another, and before a change of such a record is told. Without it they have none.
  using Titles = std::function<std::string(const Owner& owner)>;
  void ask_titles(Titles titles);
  // Asks again for those of living records: a process may change what it says of itself.
  void renew_titles();

  // True when a snapshot of time-wait sockets would give news: one is due to expire, waits in FIN_WAIT2, or
  // its creation is in doubt because the bucket was full.
  [[nodiscard]] bool needs_time_wait_check(MonoTime now) const;
  // The network namespaces of records that have, or may have, a time-wait socket; each once. Does not look at
  // every record.
  [[nodiscard]] std::vector<std::uint32_t> time_wait_namespaces() const;
  // How many such records each of them has: the kernel counts its sockets, too.
  [[nodiscard]] std::vector<TimeWaitCount> time_wait_counts() const;
  // The network namespaces of all living records. Looks at every record.
  [[nodiscard]] std::vector<std::uint32_t> living_namespaces() const;
  // True after a loss until a complete snapshot has been merged.
  [[nodiscard]] bool needs_repair() const;

  // Living records and, behind them, those gone but still remembered; the order is by id.
  void for_each(const std::function<void(const Connection&)>& visit) const;
  // The living ones, in no order; cheaper.
  void for_each_living(const std::function<void(const Connection&)>& visit) const;
  [[nodiscard]] const Connection* find_by_cookie(std::uint64_t cookie) const;  // living ones only
  // The listeners whose owner the event's connection would inherit (LISTEN→SYN_RECV; none of other events):
  // by cookie where the kernel tells which one it was, else by address.
  void for_each_listener_of(const SocketEvent& event,
                            const std::function<void(const Connection&)>& visit) const;
  [[nodiscard]] std::size_t live_count() const;
  [[nodiscard]] Counters counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace conntrail::track
