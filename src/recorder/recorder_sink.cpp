#include "conntrail/recorder/recorder_sink.h"

#include <algorithm>
#include <variant>

#include "conntrail/base/hash.h"
#include "conntrail/base/overloaded.h"

namespace conntrail::recorder {
namespace {

// Of everything in a row that can change while a connection lives; not of `last_event`, which every snapshot
// moves on.
class Digest {
 public:
  void add(std::uint64_t value) { hash_ = combine_hash(hash_, value); }
  void add(MonoTime time) { add(static_cast<std::uint64_t>(time.ns)); }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = kHashSeed;
};

void add_flags(Digest& digest, const Connection& c) {
  std::uint64_t flags = 0;
  for (const bool flag :
       {c.ended, c.gap, c.fin_sent, c.fin_received, c.reset_sent, c.reset_received, c.time_wait})
    flags = flags << 1 | (flag ? 1U : 0U);
  digest.add(flags);
  digest.add(static_cast<std::uint64_t>(c.state) << 32 | static_cast<std::uint64_t>(c.end_reason) << 16 |
             static_cast<std::uint64_t>(c.closed_first) << 8 |
             static_cast<std::uint64_t>(c.time_wait_entry_evidence));
}

std::uint64_t digest_of(const Connection& c) {
  Digest digest;
  add_flags(digest, c);
  digest.add(c.tuple.local.port);
  digest.add(std::uint64_t{c.owner.pid} << 8 | static_cast<std::uint64_t>(c.owner.source));
  for (const Holder& holder : c.holders) digest.add(holder.pid);
  digest.add(c.state_since);
  digest.add(c.closed);
  digest.add(c.time_wait_expires);
  digest.add(c.trail.size() + c.trail_dropped);
  digest.add(c.marks.size() + c.marks_dropped);
  digest.add(std::uint64_t{c.retransmits} << 32 | c.syn_retransmits);
  digest.add(std::uint64_t{c.receive_queue} << 32 | c.send_queue);
  digest.add(c.inode);
  if (c.stats) {
    digest.add(c.stats->bytes_sent);
    digest.add(c.stats->bytes_received);
    digest.add(std::uint64_t{c.stats->segments_out} << 32 | c.stats->segments_in);
    digest.add(c.stats->srtt_us);
  }
  return digest.value();
}

}  // namespace

void RecorderSink::change_clock(WallClock clock) {
  clock_ = clock;
  written_.clear();
  look_at_all_ = true;
}

bool RecorderSink::wants(const Connection& connection, MonoTime now) const {
  return filter_.matches_everything() || filter_.matches(connection, now);
}

void RecorderSink::note(const Connection* connection) {
  if (connection == nullptr || connection->gone) return;
  if (connection->cookie != 0) {
    changed_.push_back(connection->cookie);
  } else {
    look_at_all_ = true;  // from /proc: there is nothing to find it by
  }
}

void RecorderSink::on_change(const Change& change) {
  std::visit(
      Overloaded{
          [this](const Lost& lost) {
            lost_ += lost.count;
            const MonoTime from = lost.from.known() ? lost.from : lost.to;
            writer_->put(Gap{clock_.real_ns(from), clock_.real_ns(lost.to), lost.count, "events lost"});
          },
          [this](const SnapshotMerged& merged) { look_at_all_ = look_at_all_ || !merged.time_wait_only; },
          [this](const auto& of_one) { note(of_one.connection); },
      },
      change);
}

void RecorderSink::on_gone(const Connection& connection) {
  written_.erase(connection.id);
  // When nothing of it is left, time stands still for it: the same in every replay.
  if (wants(connection, connection.last_event)) writer_->put(connection, connection.last_event);
}

bool RecorderSink::put_if_changed(const Connection& connection, MonoTime now) {
  if (!wants(connection, now)) return true;
  const std::uint64_t digest = digest_of(connection);
  const auto known = written_.find(connection.id);
  if (known != written_.end() && known->second == digest) return true;
  if (writer_->behind()) return false;
  written_[connection.id] = digest;
  writer_->put(connection, now);
  return true;
}

void RecorderSink::refresh(const track::Tracker& tracker, MonoTime now) {
  if (look_at_all_) {
    bool all = true;
    tracker.for_each_living(
        [&](const Connection& connection) { all = put_if_changed(connection, now) && all; });
    look_at_all_ = !all;
    changed_.clear();
    return;
  }
  std::ranges::sort(changed_);
  const auto repeated = std::ranges::unique(changed_);
  changed_.erase(repeated.begin(), repeated.end());
  const auto waiting = std::ranges::find_if(changed_, [&](std::uint64_t cookie) {
    const Connection* const connection = tracker.find_by_cookie(cookie);
    return connection != nullptr && !put_if_changed(*connection, now);
  });
  changed_.erase(changed_.begin(), waiting);
}

void RecorderSink::put_all_living(const track::Tracker& tracker, MonoTime now) {
  bool full = false;  // the disk: waiting makes no room
  tracker.for_each_living([&](const Connection& connection) {
    if (!wants(connection, now)) return;
    if (!full && writer_->behind()) {
      writer_->flush();
      full = writer_->behind();
    }
    writer_->put(connection, now);
  });
}

}  // namespace conntrail::recorder
