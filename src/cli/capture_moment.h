// Moments of a capture, as --at names them.
#pragma once

#include <string>

#include "conntrail/base/clock.h"
#include "conntrail/base/result.h"
#include "conntrail/store/capture.h"

namespace conntrail::cli {

// A moment of the capture, for messages.
[[nodiscard]] std::string moment_text(const store::CaptureHeader& header, MonoTime moment);

// The moment that --at names, on the capture's clock: "-10s" before its end, "+5s" after its start, else as
// parse_moment() reads it.
[[nodiscard]] Result<MonoTime> parse_capture_moment(const std::string& option, const std::string& text,
                                                    const std::string& path,
                                                    const store::CaptureHeader& header);

}  // namespace conntrail::cli
