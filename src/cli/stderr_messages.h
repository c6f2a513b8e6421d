// StderrMessages: messages as lines on stderr, and what commands say through it.
#pragma once

#include <string>

#include "conntrail/base/messages.h"
#include "conntrail/base/result.h"

namespace conntrail::cli {

// "conntrail: TEXT", one write(2) a message. A message that cannot be written is dropped: whoever runs the
// program is told less, the work goes on.
class StderrMessages final : public MessageSink {
 public:
  void write(MessageLevel level, std::string_view room, std::string_view text) override;
  [[nodiscard]] bool wants(MessageLevel level, std::string_view room) const override;
};

// Messages of what a command uses: "conntrail: …" on stderr, debug left out.
[[nodiscard]] Messages stderr_messages();
// An error as such a message, and the exit code that goes with it.
int report(const Error& error);
void note(const std::string& text);

}  // namespace conntrail::cli
