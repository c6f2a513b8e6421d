// The time namespace of this process.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace conntrail {

// By how many ns CLOCK_MONOTONIC of this process is ahead of the kernel's own; 0 outside of a time namespace.
[[nodiscard]] std::int64_t time_namespace_shift();

// The same from the text of /proc/PID/timens_offsets; empty when it is not like that.
[[nodiscard]] std::optional<std::int64_t> monotonic_shift_in(std::string_view timens_offsets);

}  // namespace conntrail
