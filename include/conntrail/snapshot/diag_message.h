// sock_diag answers as rows: a pure decoder of the messages' payload.
//
// Format: linux/inet_diag.h (struct inet_diag_msg and its attributes). Every length is checked against the
// bytes that are there; nothing is read beyond them whatever the bytes say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "conntrail/model/socket_row.h"

namespace conntrail::snapshot {

// One answer's payload (behind its nlmsghdr) into `row`. False when it is no inet_diag_msg of an IPv4 or IPv6
// socket; `row` is unspecified then.
//
// What sock_diag does not say and the row therefore lacks (net/ipv4/inet_diag.c):
//  - `retransmits` and `probes` share one field: it holds retransmits with the retransmit timer, probes with
//    the probe and keepalive timers; the other one is 0 unless statistics were asked for (INET_DIAG_INFO);
//  - a request socket's uid is 0 where /proc/net/tcp has its listener's; its `retransmits` counts
//    SYN-ACKs sent again where /proc/net/tcp counts expiries of its timer: a SYN that the client repeats adds
//    to the first only.
[[nodiscard]] bool decode_diag_row(std::span<const std::byte> payload, Protocol protocol, std::uint32_t netns,
                                   SocketRow& row);

}  // namespace conntrail::snapshot
