// Sizes as people type them: 4096, 256K, 64M, 1G.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "conntrail/base/result.h"

namespace conntrail::cli {

// `option` is named in the error.
[[nodiscard]] Result<std::uint64_t> parse_size(const std::string& option, const std::string& text);

// --ring-size: room for kernel events.
inline constexpr const char* kDefaultRingSize = "16M";
void add_ring_size(CLI::App& app, std::string& text);
[[nodiscard]] Result<std::size_t> parse_ring_size(const std::string& text);

}  // namespace conntrail::cli
