// The IPv6 neighbour cache as kernels up to 2.2 showed it in /proc/net/ndisc, which netstat -6rC prefers
// where it is there. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conntrail/base/ip_address.h"
#include "names/names.h"
#include "output/record_writer.h"

namespace conntrail::netstat {

struct Neighbour {
  IpAddress address;
  std::uint32_t prefix_length = 0;
  std::uint32_t state = 0;
  std::uint32_t now_ticks = 0;
  std::uint32_t reachable_until_ticks = 0;
  std::uint32_t deleted_at_ticks = 0;
  std::uint32_t references = 0;
  std::uint32_t flags = 0;
  std::string device;
  std::string hardware_address;  // six pairs, joined by colons

  [[nodiscard]] std::uint32_t stale_after_seconds() const;
  [[nodiscard]] std::uint32_t deleted_after_seconds() const;
};

// Empty: a field is missing, or the address is none.
[[nodiscard]] std::optional<Neighbour> parse_neighbour(std::string_view line);

[[nodiscard]] std::string_view neighbour_header(bool extended);
void append_neighbour(std::string& out, const Neighbour& neighbour, bool extended, bool numeric,
                      Names& names);
void write_neighbour(RecordWriter& writer, const Neighbour& neighbour);

}  // namespace conntrail::netstat
