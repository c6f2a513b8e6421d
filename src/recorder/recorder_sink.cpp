#include "conntrail/recorder/recorder_sink.h"

#include <algorithm>
#include <variant>

#include "connection_digest.h"
#include "conntrail/base/overloaded.h"

namespace conntrail::recorder {

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
  // A connection that is gone is as of its last event: the same in every replay.
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
