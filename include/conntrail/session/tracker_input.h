// TrackerInput: the only way to feed the tracker. Everything also goes into the capture, if there is one, in
// the same order: a replay can make the same records only from the same input.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "conntrail/base/result.h"
#include "conntrail/store/capture.h"
#include "conntrail/track/tracker.h"

namespace conntrail::session {

class TrackerInput {
 public:
  explicit TrackerInput(track::Tracker& tracker) : tracker_(tracker) {}

  // From now on everything is written there too.
  void write_to(std::unique_ptr<store::CaptureWriter> capture) { capture_ = std::move(capture); }
  [[nodiscard]] store::CaptureWriter* capture() const { return capture_.get(); }

  void restore(const Connection& connection);
  void apply(const SocketEvent& event);
  void apply(const SnapshotScope& scope, std::vector<SocketRow> rows);
  void apply(std::vector<SocketHolder> holders, bool complete);
  void apply_loss(std::uint64_t count, MonoTime from, MonoTime to);
  void advance(MonoTime now);
  void finish(MonoTime now);
  void name_namespace(std::uint32_t netns, const std::string& name);
  // Input that a replay needs although the tracker has no use for it: it goes into the capture only.
  void note(const HostSample& sample);
  void note(const EventTotals& totals);
  void note(MonoTime now, WallClock clock);  // the host's clock was set

  [[nodiscard]] std::uint64_t events() const { return events_; }

  // Hands records older than a second to the disk, and reports when they could not be written.
  [[nodiscard]] Result<void> flush_if_due(MonoTime now);

 private:
  track::Tracker& tracker_;
  std::unique_ptr<store::CaptureWriter> capture_;
  MonoTime flushed_;
  std::uint64_t events_ = 0;
};

}  // namespace conntrail::session
