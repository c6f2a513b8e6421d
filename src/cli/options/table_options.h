// TableOptions: which columns a table has, in which order its rows come, and in which notation.
#pragma once

#include <string>

#include "options/command_line.h"

namespace conntrail::cli {

// What --help says where commands differ.
struct TableHelp {
  std::string sort_value;
  std::string sort;
  std::string columns;
};

struct TableOptions {
  std::string sort;
  std::string columns;
  bool csv = false;
  bool no_header = false;
  bool json = false;

  struct Added {
    CommandLine::Option sort;
    CommandLine::Option columns;
  };
  Added add_to(CommandLine& line, const TableHelp& help);
};

// --json of a command that prints a stream of records.
CommandLine::Option add_json(CommandLine& line, bool& json);

}  // namespace conntrail::cli
