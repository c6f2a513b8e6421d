// How long the live tests wait. Every wait is an upper bound that ends as soon as what it waits for is there.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace conntrail::live {

using Duration = std::chrono::milliseconds;

// CONNTRAIL_TEST_SLOW=1 (an emulated machine) makes every bound eight times as long.
[[nodiscard]] Duration patience(Duration bound);
[[nodiscard]] bool slow_machine();

// Asks `done` every few milliseconds until it says true or `bound` (scaled by patience()) is over.
[[nodiscard]] bool eventually(const std::function<bool()>& done, Duration bound);

void pause_for(Duration duration);  // exact, never scaled: for what the kernel's own timers decide

// CLOCK_MONOTONIC, as lines have it in `mono_ns`.
[[nodiscard]] std::uint64_t monotonic_ns();

}  // namespace conntrail::live
