// Sizes and durations as people type them: 4096, 256K, 64M, 1G; 500ms, 10s, 5m.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "conntrail/base/clock.h"
#include "conntrail/base/result.h"
#include "options/command_line.h"

namespace conntrail::cli {

// `option` is named in the error.
[[nodiscard]] Result<std::uint64_t> parse_size(const std::string& option, const std::string& text);

// --ring-size: room for kernel events.
inline constexpr const char* kDefaultRingSize = "16M";
void add_ring_size(CommandLine& line, std::string& text);
[[nodiscard]] Result<std::size_t> parse_ring_size(const std::string& text);

// A duration option such as --for 10s; empty text is "not given".
[[nodiscard]] Result<std::optional<Nanoseconds>> parse_duration_option(const std::string& name,
                                                                       const std::string& text);

}  // namespace conntrail::cli
