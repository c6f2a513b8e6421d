// Replay: feeds a capture to a tracker as the live run fed it, so that the same records result.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "conntrail/base/clock.h"
#include "conntrail/base/result.h"
#include "conntrail/model/reset_reason_names.h"
#include "conntrail/store/capture.h"
#include "conntrail/track/tracker.h"

namespace conntrail::session {

struct ReplayOptions {
  MonoTime until;  // apply nothing newer than this; unknown = to the end
  std::function<void(std::uint32_t parent, std::uint32_t child)> on_fork;
  std::function<void(const HostSample& sample)> on_sample;
  std::function<void(const Connection& connection)> on_restore;  // known from before the capture
  std::function<void(WallClock clock)> on_clock;                 // the host's clock was set
  std::function<bool(MonoTime now)> keep_going;                  // asked often; false ends the replay
};

struct ReplaySummary {
  WallClock clock =
      WallClock::with_offset(0);  // of the last moment; the header's unless it was set meanwhile
  MonoTime ended;                 // the last moment applied, never after `until`: tables are as of here
  bool reached_until = false;     // the capture goes on behind `until`
  bool finished = false;          // the run that wrote it ended in good order
  // As the live run printed them; for a capture that has no end, or is left early, counted from what was
  // applied. `lost` are events that the live run lost, or that a damaged file lacks.
  EventTotals totals;
  std::optional<Error> damage;  // which part of the file could not be used
};

class Replay {
 public:
  [[nodiscard]] static Result<Replay> open(const std::string& path);  // "-" is stdin

  [[nodiscard]] const store::CaptureHeader& header() const { return reader_.header(); }
  // Names of the kernel that the capture is from.
  [[nodiscard]] ResetReasonNames reset_reasons() const;

  // Call it once. The tracker should be new; its sink gets the same changes as the live run's did. For that
  // it needs the same limits. A sink that only streams can keep them however long the capture is; one that
  // wants every ended record at the end raises track::Limits::ended_bytes.
  [[nodiscard]] ReplaySummary run(track::Tracker& tracker, const ReplayOptions& options = {});

 private:
  explicit Replay(store::CaptureReader reader) : reader_(std::move(reader)) {}
  store::CaptureReader reader_;
};

}  // namespace conntrail::session
