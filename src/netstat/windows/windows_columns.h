// Columns of fixed width in a text that grows: blanks fill up what is shorter, what is longer stays whole.
// Width is what a terminal shows: a Chinese character takes two columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "conntrail/base/text.h"

namespace conntrail::netstat::windows {

inline void append_left(std::string& out, std::string_view text, std::size_t width) {
  out += text;
  const std::size_t shown = display_width(text);
  if (shown < width) out.append(width - shown, ' ');
}

inline void append_right(std::string& out, std::string_view text, std::size_t width) {
  const std::size_t shown = display_width(text);
  if (shown < width) out.append(width - shown, ' ');
  out += text;
}

}  // namespace conntrail::netstat::windows
