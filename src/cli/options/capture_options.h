// CaptureOptions: a capture to write beside the work, or to read instead of the live host.
#pragma once

#include <string>

#include "options/command_line.h"

namespace conntrail::cli {

struct CaptureOptions {
  std::string capture;  // write a capture there; empty = none
  std::string from;     // read this capture; empty = live

  struct Added {
    CommandLine::Option capture;
    CommandLine::Option from;
  };
  // `verb` is what the command does with a capture, for --help: "show".
  Added add_to(CommandLine& line, const std::string& verb);
};

// A capture stands for the host: an option that asks something of the kernel has no meaning with it.
void only_live(CommandLine& line, CommandLine::Option option, CommandLine::Option from);

}  // namespace conntrail::cli
