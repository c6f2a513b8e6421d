// StderrMessages: messages as lines on stderr.
#pragma once

#include "conntrail/base/messages.h"

namespace conntrail::cli {

// "conntrail: TEXT", one write(2) a message. A message that cannot be written is dropped: whoever runs the
// program is told less, the work goes on.
class StderrMessages final : public MessageSink {
 public:
  void write(MessageLevel level, std::string_view room, std::string_view text) override;
  [[nodiscard]] bool wants(MessageLevel level, std::string_view room) const override;
};

}  // namespace conntrail::cli
