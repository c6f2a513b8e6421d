#include "conntrail/log/log_levels.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "conntrail/base/text.h"

namespace conntrail::log {
namespace {

struct Word {
  std::string_view word;
  MessageLevel least;
};
// A hint is not worth a level of its own: whoever wants notes wants hints.
constexpr std::array kWords{
    Word{"error", MessageLevel::error}, Word{"warning", MessageLevel::warning},
    Word{"note", MessageLevel::hint},   Word{"info", MessageLevel::hint},
    Word{"debug", MessageLevel::debug},
};

std::optional<MessageLevel> level_of(std::string_view word) {
  const auto* const found = std::ranges::find(kWords, word, &Word::word);
  if (found == kWords.end()) return std::nullopt;
  return found->least;
}

std::string quoted(std::string_view word) { return "'" + std::string(word) + "'"; }

std::string listed(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

}  // namespace

Result<LogLevels> LogLevels::parse(std::string_view what, std::string_view text,
                                   std::span<const std::string_view> rooms) {
  LogLevels levels;
  const std::string name(what);
  for (const std::string_view part : split(text, ',')) {
    const std::string_view word = trim(part);
    const std::size_t equals = word.find('=');
    const auto level = level_of(equals == std::string_view::npos ? word : word.substr(equals + 1));
    if (!level)
      return fail_usage(name + ": " + quoted(word) + " is not a level", {},
                        "write error, warning, info or debug, or ROOM=LEVEL, separated by commas");
    if (equals == std::string_view::npos) {
      levels.general_ = *level;
      continue;
    }
    const std::string_view room = word.substr(0, equals);
    if (std::ranges::find(rooms, room) == rooms.end())
      return fail_usage(name + ": there is no room " + quoted(room), {}, "there are " + listed(rooms));
    levels.rooms_.insert_or_assign(std::string(room), *level);
  }
  return levels;
}

bool LogLevels::wants(MessageLevel level, std::string_view room) const {
  const auto found = rooms_.find(room);
  return level >= (found == rooms_.end() ? general_ : found->second);
}

}  // namespace conntrail::log
