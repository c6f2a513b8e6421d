// A word that stands where a term begins and is none, taken as what it obviously is: ":8080", "10.0.0.0/8",
// "nginx", "nginx/812".
#pragma once

#include <span>
#include <string_view>

#include "token_cursor.h"

namespace conntrail::filter {

// The term whose value the word is that the cursor stands at: port, addr, owner or comm. Empty where it may
// be several things, is near to one of `words` (those that mean something here), or is followed by a
// comparison.
[[nodiscard]] std::string_view implied_term(const Cursor& cursor, std::span<const std::string_view> words);

}  // namespace conntrail::filter
