#include "parse_words.h"

#include <fmt/format.h>

#include <utility>

#include "stderr_messages.h"

namespace conntrail::cli {

std::optional<int> parse_words(CommandLine& line, const std::vector<std::string>& words,
                               std::vector<std::string>& rest) {
  auto parsed = line.parse(words);
  if (!parsed) return report(parsed.error());
  if (parsed->help) {
    fmt::print("{}", line.help());
    return 0;
  }
  rest = std::move(parsed->rest);
  return std::nullopt;
}

}  // namespace conntrail::cli
