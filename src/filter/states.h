// Sets of states as ss names them: the value of "state" and "exclude".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "conntrail/base/result.h"
#include "token_cursor.h"

namespace conntrail::filter {

// "established", "fin-wait-1,fin-wait-2", or a group: all, connected, synchronized, bucket, big. A bit mask
// as in StateTerm.
[[nodiscard]] Result<std::uint16_t> parse_states(const Cursor& cursor, const Token& value);

// The word is one that may stand behind "state".
[[nodiscard]] bool names_state(std::string_view word);
// The one that a mistyped word is near to.
[[nodiscard]] std::optional<std::string_view> nearest_state(std::string_view word);

}  // namespace conntrail::filter
