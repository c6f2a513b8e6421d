// The pieces of RFC 4180 text.
#pragma once

#include <string>
#include <string_view>

namespace conntrail::view {

inline constexpr std::string_view kLineEnd = "\r\n";

inline void append_csv_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace conntrail::view
