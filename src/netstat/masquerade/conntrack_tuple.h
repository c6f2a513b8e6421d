// A tracked connection as the kernel's connection tracking describes it, from whichever source, and what
// makes it a masqueraded one. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "conntrail/base/ip_address.h"
#include "masquerade/masquerade_entry.h"

namespace conntrail::netstat {

// One direction. For ICMP, `source_port` is the identifier; for GRE, both are keys.
struct ConntrackTuple {
  IpAddress source;
  IpAddress destination;
  std::uint32_t source_port = 0;
  std::uint32_t destination_port = 0;
  std::optional<std::uint8_t> icmp_type;
  std::uint8_t icmp_code = 0;
  std::optional<std::uint32_t> icmp_identifier;
};

struct TrackedConnection {
  std::uint8_t protocol = 0;  // IPPROTO_…
  ConntrackTuple original;
  ConntrackTuple reply;
  std::optional<std::uint64_t> expires_seconds;
  std::optional<SequenceShift> shift;

  // All four addresses are of one family.
  [[nodiscard]] Family family() const { return original.source.family; }
};

// Empty: replies go back to the original source, so that the source is not replaced.
[[nodiscard]] std::optional<MasqueradeEntry> masqueraded(const TrackedConnection& connection);

}  // namespace conntrail::netstat
