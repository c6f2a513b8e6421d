// The process behind a connection, as text for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "conntrail/model/connection.h"
#include "conntrail/model/owner.h"

namespace conntrail::view {

inline constexpr std::size_t kNoLimit = static_cast<std::size_t>(-1);

// "nginx/812"; "~nginx/812" when it is only the listener's owner that may or may not have accepted; "~nginx"
// when it is one of several processes of that program; "-" when unknown. Longer than `most` columns, the name
// is cut with "…" ("verylongn…/812"); the PID never is.
[[nodiscard]] std::string owner_text(const Owner& owner, std::size_t most = kNoLimit);

// The owner and how many other processes hold the socket: "nginx/812 +3".
[[nodiscard]] std::string owner_and_holders_text(const Connection& connection, std::size_t most = kNoLimit);

// Every process that holds it: "nginx/812 nginx/813".
[[nodiscard]] std::string holders_text(const Connection& connection);

// The beginning of printable `text`, cut with "…" to `most` columns.
[[nodiscard]] std::string cut_end(std::string_view text, std::size_t most);

}  // namespace conntrail::view
