// Symbolic errno names ("ECONNREFUSED"), as records and filters spell them.
#pragma once

#include <string>
#include <string_view>

namespace conntrail {

// "ECONNREFUSED" for 111; "E4095" style text for a number without a name; "" for 0.
[[nodiscard]] std::string errno_name(int error);

}  // namespace conntrail
