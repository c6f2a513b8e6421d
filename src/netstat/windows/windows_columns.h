// Columns of fixed width in a text that grows: blanks fill up what is shorter, what is longer stays whole.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace conntrail::netstat::windows {

inline void append_left(std::string& out, std::string_view text, std::size_t width) {
  out += text;
  if (text.size() < width) out.append(width - text.size(), ' ');
}

inline void append_right(std::string& out, std::string_view text, std::size_t width) {
  if (text.size() < width) out.append(width - text.size(), ' ');
  out += text;
}

}  // namespace conntrail::netstat::windows
