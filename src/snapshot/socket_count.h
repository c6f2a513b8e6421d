// About how many sockets a snapshot will find, so that a large one need not grow its rows step by step.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace conntrail::snapshot {

// From sockstat and sockstat6 in the folder `proc_net`: TCP and UDP sockets in use and in TIME_WAIT. 0 when
// they cannot be read; request sockets are not counted there.
[[nodiscard]] std::size_t count_sockets(const std::string& proc_net);

// The same from the files' text, for one of them.
[[nodiscard]] std::size_t count_in_sockstat(std::string_view text);

// Time-wait sockets alone, from the text of sockstat; empty when it does not tell.
[[nodiscard]] std::optional<std::size_t> time_wait_in_sockstat(std::string_view text);

}  // namespace conntrail::snapshot
