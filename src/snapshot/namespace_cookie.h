// The cookie of a network namespace (SO_NETNS_COOKIE, Linux 5.14), which any socket of it tells.
#pragma once

#include <cstdint>

namespace conntrail::snapshot {

// 0: this kernel has none.
[[nodiscard]] std::uint64_t namespace_cookie_of(int socket);
// Of the calling thread's.
[[nodiscard]] std::uint64_t own_namespace_cookie();

}  // namespace conntrail::snapshot
