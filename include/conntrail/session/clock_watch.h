// ClockWatch: notices that the host's clock was set (by an NTP server's first answer, by hand) or that the
// host was suspended, in which CLOCK_MONOTONIC stands still.
#pragma once

#include <optional>

#include "conntrail/base/clock.h"

namespace conntrail::session {

class ClockWatch {
 public:
  explicit ClockWatch(WallClock clock = WallClock::measure()) : clock_(clock) {}

  // The new clock when it went by a step since the last call. Asks the host at most every 0.4 s.
  [[nodiscard]] std::optional<WallClock> step(MonoTime now);
  [[nodiscard]] WallClock clock() const { return clock_; }

 private:
  WallClock clock_;
  MonoTime asked_;
};

}  // namespace conntrail::session
