#include "counter_text.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "conntrail/base/text.h"

namespace conntrail::snapshot {

namespace {

// The kernel's longest is 26; more is no name of a counter.
constexpr std::size_t kLongestName = 64;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// The words of a line behind "SECTION:", empty when it is a line of another section.
std::vector<std::string_view> words_of(std::string_view line, std::string_view section) {
  auto words = split_words(line);
  if (words.empty() || !words.front().ends_with(':')) return {};
  if (words.front().substr(0, words.front().size() - 1) != section) return {};
  words.erase(words.begin());
  return words;
}

void append_pair(std::vector<NamedValue>& to, std::string_view prefix, std::string_view name,
                 std::string_view value) {
  const auto number = parse_number<std::int64_t>(value);
  if (!number || !is_name(name)) return;
  to.push_back({std::string(prefix) + '.' + std::string(name), *number});
}

}  // namespace

void append_section(std::vector<NamedValue>& to, std::string_view text, std::string_view section) {
  std::vector<std::string_view> names;
  for (const std::string_view line : split(text, '\n')) {
    auto words = words_of(line, section);
    if (words.empty()) continue;
    if (names.empty()) {
      names = std::move(words);
      continue;
    }
    for (std::size_t i = 0; i < std::min(names.size(), words.size()); ++i) {
      append_pair(to, section, names[i], words[i]);
    }
    names.clear();
  }
}

void append_sockstat(std::vector<NamedValue>& to, std::string_view text, std::string_view section) {
  const std::string prefix = "sockstat." + std::string(section);
  for (const std::string_view line : split(text, '\n')) {
    const auto words = words_of(line, section);
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) append_pair(to, prefix, words[i], words[i + 1]);
  }
}

}  // namespace conntrail::snapshot
