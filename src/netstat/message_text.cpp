#include "message_text.h"

namespace conntrail::netstat {

std::string fill_in(std::string_view pattern, std::initializer_list<std::string_view> parts) {
  constexpr std::string_view kGap = "%s";
  std::string text;
  for (const std::string_view part : parts) {
    const std::size_t gap = pattern.find(kGap);
    if (gap == std::string_view::npos) break;
    text.append(pattern.substr(0, gap)).append(part);
    pattern.remove_prefix(gap + kGap.size());
  }
  return text.append(pattern);
}

}  // namespace conntrail::netstat
