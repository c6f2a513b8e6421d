// What a command that writes a capture says about itself in the file's header.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "conntrail/base/clock.h"
#include "conntrail/base/result.h"
#include "conntrail/kernel/event_stream.h"
#include "conntrail/store/capture.h"

namespace conntrail::session {

struct CaptureChoice {
  std::string path;                             // "-" is stdout
  WallClock clock = WallClock::with_offset(0);  // the one that the command itself prints with
  std::string filter;                           // see store::CaptureHeader
  std::uint32_t followed_pid = 0;
};

// A description, for people, of what the kernel lets through; empty when that is everything.
[[nodiscard]] std::string describe(const kernel::KernelFilter& filter);

// `events`: false when snapshots are compared.
[[nodiscard]] Result<std::unique_ptr<store::CaptureWriter>> start_capture(const CaptureChoice& choice,
                                                                          bool events);

}  // namespace conntrail::session
