#include "options/capture_options.h"

namespace conntrail::cli {

CaptureOptions::Added CaptureOptions::add_to(CommandLine& line, const std::string& verb) {
  const auto written =
      line.add("--capture", capture, "FILE", "also write everything to this file, for --from");
  const auto read =
      line.add("--from", from, "FILE", verb + " a capture instead of this host's present; - is stdin");
  only_live(line, written, read);
  return {written, read};
}

void only_live(CommandLine& line, CommandLine::Option option, CommandLine::Option from) {
  line.exclude(option, from, line.name(option) + " is for the live host, --from for a capture");
}

}  // namespace conntrail::cli
