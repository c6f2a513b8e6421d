// LogLevels: which messages a log takes, in general and by room: "info", "info,session=debug,libbpf=debug".
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "conntrail/base/messages.h"
#include "conntrail/base/result.h"

namespace conntrail::log {

class LogLevels {
 public:
  // Everything but debug.
  LogLevels() = default;

  // `what`: the option or variable that the text comes from, for the error. A room that is not one of `rooms`
  // is an error, or a slip of the pen would be a log without the lines that were asked for.
  [[nodiscard]] static Result<LogLevels> parse(std::string_view what, std::string_view text,
                                               std::span<const std::string_view> rooms);

  [[nodiscard]] bool wants(MessageLevel level, std::string_view room) const;

 private:
  MessageLevel general_ = MessageLevel::hint;
  std::map<std::string, MessageLevel, std::less<>> rooms_;
};

}  // namespace conntrail::log
