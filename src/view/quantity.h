// Amounts as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace conntrail::view {

// At most 6 columns, three significant digits, powers of 1000: "812B", "1.23kB", "45.0MB".
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

}  // namespace conntrail::view
