// Sizes as people type them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "conntrail/base/result.h"

namespace conntrail::cli {

struct SizeRange {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  std::string_view example;  // "write 4K to 1G, such as 64M"
};

// "64M", "256k", "1G", "1.5G", "1T" or a number of bytes; units are powers of 1024. `option` begins the
// error.
[[nodiscard]] Result<std::uint64_t> parse_byte_size(const std::string& option, const std::string& text,
                                                    const SizeRange& range);

}  // namespace conntrail::cli
