// Answers of ctnetlink (NETLINK_NETFILTER) as tracked connections: a pure decoder of what recv() gave. Every
// length is checked against the bytes that are there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "masquerade/conntrack_tuple.h"

namespace conntrail::netstat {

// One answer's payload, behind its nlmsghdr. Empty: no connection of IPv4 or IPv6, or a damaged one.
[[nodiscard]] std::optional<TrackedConnection> decode_conntrack(std::span<const std::byte> payload);

struct ConntrackDatagram {
  bool done = false;
  bool interrupted = false;  // the table changed in a way that may have cost rows
  int error = 0;             // errno
  std::uint64_t malformed = 0;
};

// `sequence` is the request's: answers to another one are passed over.
[[nodiscard]] ConntrackDatagram decode_conntrack_datagram(
    std::span<const std::byte> datagram, std::uint32_t sequence,
    const std::function<void(const TrackedConnection&)>& take);

}  // namespace conntrail::netstat
