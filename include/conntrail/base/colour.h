// Colours of text for people (ANSI SGR). What means what is decided where it is shown.
#pragma once

#include <string>
#include <string_view>

namespace conntrail {

inline constexpr std::string_view kNoColour = "";
inline constexpr std::string_view kRed = "\x1b[31m";
inline constexpr std::string_view kGreen = "\x1b[32m";
inline constexpr std::string_view kYellow = "\x1b[33m";
inline constexpr std::string_view kBlue = "\x1b[34m";
inline constexpr std::string_view kMagenta = "\x1b[35m";
inline constexpr std::string_view kCyan = "\x1b[36m";
inline constexpr std::string_view kDim = "\x1b[2m";
inline constexpr std::string_view kBold = "\x1b[1m";
inline constexpr std::string_view kBoldRed = "\x1b[1;31m";
inline constexpr std::string_view kBoldYellow = "\x1b[1;33m";
inline constexpr std::string_view kReset = "\x1b[0m";

inline void append_coloured(std::string& out, std::string_view text, std::string_view colour) {
  out += colour;
  out += text;
  if (!colour.empty()) out += kReset;
}

}  // namespace conntrail
