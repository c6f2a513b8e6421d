// What of a living connection would make its row another one, as one number.
#pragma once

#include <cstdint>

#include "conntrail/model/connection.h"

namespace conntrail::recorder {

[[nodiscard]] std::uint64_t digest_of(const Connection& connection);

}  // namespace conntrail::recorder
