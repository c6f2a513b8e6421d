#include "capture_moment.h"

#include "conntrail/base/moment.h"

namespace conntrail::cli {

std::string moment_text(const store::CaptureHeader& header, MonoTime moment) {
  std::string text;
  append_rfc3339(text, header.clock.real_ns(moment));
  return text;
}

Result<MonoTime> parse_capture_moment(const std::string& option, const std::string& text,
                                      const std::string& path, const store::CaptureHeader& header) {
  if (text.starts_with('+')) {
    const auto after = parse_duration(text.substr(1));
    if (!after)
      return fail_usage(option + ": '" + text + "' is not a moment", {},
                        "write a duration behind +, as in +5s");
    return header.started + *after;
  }
  const auto newest = store::CaptureReader::newest(path);
  if (!newest) return std::unexpected(newest.error());
  const auto moment = parse_moment(text, header.clock.real_ns(*newest));
  if (!moment) return std::unexpected(moment.error());
  return MonoTime{*moment - header.clock.offset_ns()};
}

}  // namespace conntrail::cli
