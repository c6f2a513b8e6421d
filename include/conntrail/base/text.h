// Small text helpers shared by parsers and printers.
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace conntrail {

// Text from outside (process names, paths) made safe for a terminal: every control character (C0, DEL, C1 in
// UTF-8) and every byte that is not valid UTF-8 becomes "?"; nothing is added, so columns keep their width.
[[nodiscard]] std::string printable(std::string_view text);

// ASCII, whatever the locale.
[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The whole of `text` as a number, nothing before or behind it.
template <class T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text, int base = 10) {
  T value{};
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto [ptr, ec] = std::from_chars(begin, end, value, base);
  if (ec != std::errc() || ptr != end) return std::nullopt;
  return value;
}

[[nodiscard]] std::vector<std::string_view> split(std::string_view text,
                                                  char separator);               // keeps empty parts
[[nodiscard]] std::vector<std::string_view> split_words(std::string_view text);  // by blanks and tabs
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string to_lower(std::string_view text);  // ASCII only
[[nodiscard]] std::string to_upper(std::string_view text);  // ASCII only

// The candidate nearest to `word` by edit distance, when it is near enough to be what was meant.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word,
                                                      std::span<const std::string_view> candidates);

// Columns a terminal gives to UTF-8 text (wcwidth of each character; invalid bytes count one).
[[nodiscard]] std::size_t display_width(std::string_view text);

// `text` as a JSON string with its quotes, appended. Control characters are escaped; invalid UTF-8 becomes
// U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace conntrail
