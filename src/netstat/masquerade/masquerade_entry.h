// MasqueradeEntry: one connection whose source address the kernel replaces, and its row in netstat -M.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conntrail/base/ip_address.h"
#include "names/address_text.h"
#include "names/names.h"

namespace conntrail::netstat {

// How sequence numbers are moved where a helper has changed the length of the text.
struct SequenceShift {
  std::uint64_t from = 0;
  std::int32_t delta = 0;
  std::optional<std::int32_t> previous_delta;

  bool operator==(const SequenceShift&) const = default;
};

struct MasqueradeEntry {
  std::string protocol;  // "tcp"
  IpAddress source;
  IpAddress destination;
  // For ICMP: the identifier; the type and 256 times the code; the identifier that is seen outside.
  std::uint32_t source_port = 0;
  std::uint32_t destination_port = 0;
  std::uint32_t masquerade_port = 0;
  std::optional<IpAddress> masquerade_address;  // the old kernels' table does not have it
  std::optional<std::uint64_t> expires;         // hundredths of a second; absent: it does not
  std::optional<SequenceShift> shift;

  bool operator==(const MasqueradeEntry&) const = default;
};

struct MasqueradeStyle {
  bool numeric_hosts = false;
  bool numeric_ports = false;
  bool sequence = false;  // -e
};

[[nodiscard]] std::string_view masquerade_header(bool sequence);
void append_masquerade_row(std::string& out, const MasqueradeEntry& entry, const MasqueradeStyle& style,
                           Names& names);

}  // namespace conntrail::netstat
