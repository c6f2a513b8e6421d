// Text in columns of a terminal. Plain ASCII, which is nearly all of it, costs no more than a look at its
// bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "conntrail/base/text.h"

namespace conntrail::netstat {

// How many columns `text` takes.
[[nodiscard]] inline std::size_t text_columns(std::string_view text) {
  const bool ascii = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return ascii ? text.size() : display_width(text);
}

// `text` and blanks up to `width` columns; a longer one stays as it is.
inline void append_left(std::string& out, std::string_view text, std::size_t width) {
  out += text;
  const std::size_t columns = text_columns(text);
  if (columns < width) out.append(width - columns, ' ');
}

}  // namespace conntrail::netstat
