// /proc/net/ip_masquerade, where kernels up to 2.2 list their masqueraded connections. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include "masquerade/masquerade_entry.h"

namespace conntrail::netstat {

// Why a table could not be read, as netstat names it.
enum class MasqueradeTableError : std::uint8_t { empty, bad_format, unknown_type };

// The whole file. One bad entry spoils it, since nothing marks where the next one begins.
[[nodiscard]] std::expected<std::vector<MasqueradeEntry>, MasqueradeTableError> parse_masquerade_table(
    std::string_view text);

}  // namespace conntrail::netstat
