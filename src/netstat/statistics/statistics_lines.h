// Lines of /proc/net/snmp, netstat, snmp6 and sctp/snmp as counters.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace conntrail::netstat {

struct Counter {
  std::string_view name;  // within the line it was read from
  std::uint64_t value =
      0;               // as netstat reads it: a negative number wraps around, one too large is the largest
  bool given = false;  // the kernel has written a whole number; otherwise `value` is what could be read
  bool negative = false;
};

// "Tcp: ActiveOpens …" and "Tcp: 4 …": names in one line, values in the next.
struct CounterGroup {
  std::string_view section;
  bool same_section = false;  // both lines begin with the same word, as they should
  std::vector<Counter> counters;
};
// Empty: one of the lines has no ":".
[[nodiscard]] std::optional<CounterGroup> parse_counter_group(std::string_view names,
                                                              std::string_view values);

// "Ip6InReceives   4711". Empty: no name and number.
[[nodiscard]] std::optional<Counter> parse_counter6_line(std::string_view line);
// The section of such a counter: its name up to the first "6" ("Ip6").
[[nodiscard]] std::string_view counter6_section(std::string_view name);

// "SctpCurrEstab   3". Empty: nothing behind the name.
[[nodiscard]] std::optional<Counter> parse_sctp_counter_line(std::string_view line);

}  // namespace conntrail::netstat
