// Messages with gaps.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace conntrail::netstat {

// `pattern` with each "%s" replaced by the next of `parts`; a translation may leave some out, but cannot ask
// for more than there are.
[[nodiscard]] std::string fill_in(std::string_view pattern, std::initializer_list<std::string_view> parts);

}  // namespace conntrail::netstat
