// LogStderr: stderr as a place for log lines, whatever is behind it.
#pragma once

#include "log_writer.h"

namespace conntrail::log {

// SIGPIPE has to be ignored (see Signals).
class LogStderr final : public LogPlace {
 public:
  [[nodiscard]] std::size_t take(std::string_view text) override { return take_within(text, 0); }
  // The same, waiting so long for a reader each time that there is no room.
  [[nodiscard]] static std::size_t take_within(std::string_view text, int wait_ms);
};

// Is stderr connected to the journal, which takes a priority from the start of a line (sd-daemon(3))?
[[nodiscard]] bool stderr_is_journal();

}  // namespace conntrail::log
