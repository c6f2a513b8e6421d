// What repeats a table: -c, SECONDS and --count in time, --netns in space. The same for every mode.
#pragma once

#include <functional>

#include "options/options.h"
#include "output/console.h"

namespace conntrail::netstat {

// Runs `round` once, or as often as -c asks for, in every network namespace that --netns asks for, and
// answers the worst status. `round` prints one mode's tables from the /proc/net of the calling (main) thread;
// a status other than 0 ends the repeating. `beginning` is called once before each round, however many
// namespaces it goes through.
[[nodiscard]] int run_rounds(const Options& options, Console& console, const std::function<int()>& round,
                             const std::function<void()>& beginning = {});

}  // namespace conntrail::netstat
