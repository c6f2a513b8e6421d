// One question to /proc: does this process still hold that socket? Quick enough to be asked before a name is
// printed.
#pragma once

#include <cstdint>
#include <string_view>

namespace conntrail::snapshot {

enum class Held : std::uint8_t { yes, no, unknown };

// Whether descriptor `fd` of process `pid` is the socket, and the process still has that name. `unknown`
// where its file table may not be read.
[[nodiscard]] Held holds_socket(std::uint32_t pid, std::int32_t fd, std::uint64_t inode,
                                std::string_view comm);

// False when there is no such process, or it has ended and waits to be reaped.
[[nodiscard]] bool process_lives(std::uint32_t pid);

}  // namespace conntrail::snapshot
