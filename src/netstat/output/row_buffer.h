// Writing a row into a buffer that is known to be large enough: each function writes at `to` and answers the
// new end. These are printf's %-*s, %*ld and friends without its price per row.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "output/columns.h"

namespace conntrail::netstat::cursor {

inline constexpr std::size_t kNumberSpace = 24;  // any 64-bit number with its sign

[[nodiscard]] inline char* put(char* to, std::string_view text) {
  // Not memcpy(), which may not be given the null pointer of an empty view.
  return to + text.copy(to, text.size());
}

[[nodiscard]] inline char* put(char* to, char c) {
  *to = c;
  return to + 1;
}

[[nodiscard]] inline char* fill(char* to, char c, std::size_t count) {
  std::memset(to, c, count);
  return to + count;
}

// Blanks until the field that began at `start` is `width` long; a longer field stays as it is.
[[nodiscard]] inline char* pad(char* start, char* end, std::size_t width) {
  const auto length = static_cast<std::size_t>(end - start);
  return length < width ? fill(end, ' ', width - length) : end;
}

// The same for text that may have characters of other widths than one byte, one column.
[[nodiscard]] inline char* pad_columns(char* start, char* end, std::size_t width) {
  const std::size_t columns = text_columns({start, static_cast<std::size_t>(end - start)});
  return columns < width ? fill(end, ' ', width - columns) : end;
}

[[nodiscard]] inline char* put_left(char* to, std::string_view text, std::size_t width) {
  return pad_columns(to, put(to, text), width);
}

template <class Number>
[[nodiscard]] char* put_number(char* to, Number number) {
  return std::to_chars(to, to + kNumberSpace, number).ptr;
}

template <class Number>
[[nodiscard]] char* put_number_left(char* to, Number number, std::size_t width) {
  return pad(to, put_number(to, number), width);
}

template <class Number>
[[nodiscard]] char* put_number_right(char* to, Number number, std::size_t width) {
  char digits[kNumberSpace];
  const auto length = static_cast<std::size_t>(put_number(digits, number) - digits);
  if (length < width) to = fill(to, ' ', width - length);
  return put(to, std::string_view(digits, length));
}

}  // namespace conntrail::netstat::cursor
