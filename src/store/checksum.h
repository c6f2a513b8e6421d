// CRC-32C (Castagnoli), as iSCSI and btrfs have it (RFC 3720, 12.1).
#pragma once

#include <cstdint>

#include "bytes.h"

namespace conntrail::store {

[[nodiscard]] std::uint32_t crc32c(ByteView bytes);

}  // namespace conntrail::store
