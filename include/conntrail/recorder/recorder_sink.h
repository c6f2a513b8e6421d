// RecorderSink: decides which of the tracker's changes go into the history, and when.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/filter/filter.h"
#include "conntrail/store/history.h"
#include "conntrail/track/tracker.h"

namespace conntrail::recorder {

// A connection that is gone is handed over at once, for good. While one lives, only its cookie is noted when
// something happens to it; the record is handed over at the next refresh(), so that a burst of transitions
// costs one copy. Rows of connections to which nothing happens are left alone.
class RecorderSink final : public track::ChangeSink {
 public:
  RecorderSink(const filter::Filter& filter, WallClock clock) : filter_(filter), clock_(clock) {}
  // Before the first change. It must outlive the use of this object.
  void write_to(store::HistoryWriter& writer) { writer_ = &writer; }
  // The next refresh hands over all living records, which go into a run of their own.
  void change_clock(WallClock clock);

  void on_change(const Change& change) override;
  void on_gone(const Connection& connection) override;

  // Hands over the living records that changed since the last call; when the writer is behind, some of them
  // at the next one.
  void refresh(const track::Tracker& tracker, MonoTime now);
  // All living records, as the run leaves them.
  void put_all_living(const track::Tracker& tracker, MonoTime now);

  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  void note(const Connection* connection);
  // False when it must wait.
  [[nodiscard]] bool put_if_changed(const Connection& connection, MonoTime now);
  [[nodiscard]] bool wants(const Connection& connection, MonoTime now) const;

  const filter::Filter& filter_;
  WallClock clock_;
  store::HistoryWriter* writer_ = nullptr;
  std::vector<std::uint64_t> changed_;                        // cookies; some several times
  bool look_at_all_ = false;                                  // a snapshot of the whole table was merged
  std::unordered_map<std::uint64_t, std::uint64_t> written_;  // id of a living record → digest of its row
  std::uint64_t lost_ = 0;
};

}  // namespace conntrail::recorder
