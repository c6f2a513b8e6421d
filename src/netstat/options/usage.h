// The fixed texts of netstat's -h and -V.
#pragma once

#include <string>
#include <string_view>

namespace conntrail::netstat {

[[nodiscard]] std::string usage_text();         // stdout with -h, stderr after a bad option
[[nodiscard]] std::string family_list_text();   // what follows it, always on stderr
[[nodiscard]] std::string_view version_text();  // as scripts look for it: the release this stands in for

}  // namespace conntrail::netstat
