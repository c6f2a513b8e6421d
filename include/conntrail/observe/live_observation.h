// Evidence from the live kernel: events, snapshots and samples of the host over a stretch of time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "conntrail/base/messages.h"
#include "conntrail/base/signals.h"
#include "conntrail/observe/observation.h"
#include "conntrail/session/capture_start.h"
#include "conntrail/session/choice.h"

namespace conntrail::observe {

struct LiveOptions {
  Nanoseconds duration{0};
  bool poll = false;  // compare snapshots even where kernel events can be had
  WallClock clock = WallClock::measure();
  std::optional<session::CaptureChoice> capture;  // also write a capture, from which the same findings come
};

// Watches for that long; SIGINT, SIGTERM or SIGHUP end it early, with what was seen until then. Announces
// what it is about to do. `choice` is used while the observation lives.
//
// Memory is bounded: the sockets that the kernel has now, 256 MiB for ended connections (some 350 000), and 2
// 000 samples.
[[nodiscard]] Result<std::unique_ptr<Observation>> observe_live(const session::CommonChoice& choice,
                                                                const LiveOptions& options, Signals& signals,
                                                                const Messages& messages);

}  // namespace conntrail::observe
