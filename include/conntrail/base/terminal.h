// What the terminal behind a descriptor can show.
#pragma once

namespace conntrail {

// Columns, 0 when it is not a terminal. COLUMNS in the environment wins, as in other table programs.
[[nodiscard]] int terminal_width(int fd);

// True on a terminal unless NO_COLOR is set to anything (https://no-color.org) or TERM is "dumb".
[[nodiscard]] bool wants_colour(int fd);

}  // namespace conntrail
