// The words of a command, as its options have them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "options/command_line.h"

namespace conntrail::cli {

// `rest` becomes the words that are not options. Empty answer: go on; else the exit code, for --help
// (printed) or an error (reported).
[[nodiscard]] std::optional<int> parse_words(CommandLine& line, const std::vector<std::string>& words,
                                             std::vector<std::string>& rest);

}  // namespace conntrail::cli
