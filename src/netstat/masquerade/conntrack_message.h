// Answers of ctnetlink (NETLINK_NETFILTER) as tracked connections: a pure decoder of their payload. Every
// length is checked against the bytes that are there.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "masquerade/conntrack_tuple.h"

namespace conntrail::netstat {

// One answer's payload, behind its nlmsghdr. Empty: no connection of IPv4 or IPv6, or a damaged one.
[[nodiscard]] std::optional<TrackedConnection> decode_conntrack(std::span<const std::byte> payload);

}  // namespace conntrail::netstat
