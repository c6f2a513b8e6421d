// The decoder of unix_diag's answers: which UNIX socket is connected to which. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "conntrail/snapshot/snapshot.h"

namespace conntrail::snapshot {

// One answer's payload, behind its nlmsghdr. Whatever its bytes say, nothing behind them is read. Empty: it
// is damaged or has no peer.
[[nodiscard]] std::optional<UnixPeering> decode_unix_peering(std::span<const std::byte> payload);

}  // namespace conntrail::snapshot
