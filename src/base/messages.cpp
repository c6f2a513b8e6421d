#include "conntrail/base/messages.h"

namespace conntrail {

std::string_view level_name(MessageLevel level) {
  switch (level) {
    case MessageLevel::debug:
      return "debug";
    case MessageLevel::hint:
      return "hint";
    case MessageLevel::note:
      return "note";
    case MessageLevel::warning:
      return "warning";
    case MessageLevel::error:
      break;
  }
  return "error";
}

}  // namespace conntrail
