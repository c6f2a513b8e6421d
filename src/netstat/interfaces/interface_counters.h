// /proc/net/dev: what each network interface has received and sent. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace conntrail::netstat {

struct TrafficCounters {
  std::uint64_t bytes = 0;
  std::uint64_t packets = 0;
  std::uint64_t errors = 0;
  std::uint64_t dropped = 0;
  std::uint64_t overruns = 0;
  std::uint64_t compressed = 0;

  bool operator==(const TrafficCounters&) const = default;
};

struct InterfaceCounters {
  TrafficCounters received;
  TrafficCounters sent;
  std::uint64_t frame_errors = 0;    // received
  std::uint64_t multicast = 0;       // received
  std::uint64_t collisions = 0;      // sent
  std::uint64_t carrier_errors = 0;  // sent

  bool operator==(const InterfaceCounters&) const = default;
};

// The fields that the lines have, as the second title line says: kernels before 2.1.86 counted no bytes, and
// those before 2.1.108 neither compressed nor multicast packets.
enum class CounterLayout : std::uint8_t { packets_only, with_bytes, with_compressed };
[[nodiscard]] CounterLayout counter_layout(std::string_view second_title_line);

// A line split into the interface's name and the text of its counters.
struct CounterLine {
  std::string_view name;  // at most 15 bytes; of a longer one only these
  std::string_view fields;
};
[[nodiscard]] CounterLine split_counter_line(std::string_view line);

// Takes as many counters as `fields` has; those behind a damaged one keep their values.
void take_counters(std::string_view fields, CounterLayout layout, InterfaceCounters& counters);

}  // namespace conntrail::netstat
