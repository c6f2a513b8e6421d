// How much of the host's time watching may take.
#pragma once

namespace conntrail::session {

// Between two rounds of work that the host pays for (a snapshot, a sample, a look at the file tables) lies
// this many times what the last one took.
inline constexpr int kShare = 20;

}  // namespace conntrail::session
