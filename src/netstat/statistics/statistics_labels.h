// What netstat -s makes of each counter's name: the text it prints, and when.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace conntrail::netstat {

enum class CounterKind : std::uint8_t {
  always,
  non_zero,  // not printed while it is zero
  icmp_in,   // a line of the ICMP input histogram, not printed while it is zero
  icmp_out,
  hidden,
};

struct CounterLabel {
  std::string_view name;  // the kernel's
  CounterKind kind;
  const char* text;  // "%llu requests sent out"; the key of its translation
};

// Which of -w, -t, -u and -S shows a section.
enum class CounterProtocol : std::uint8_t { raw, tcp, udp, sctp };

struct CounterSection {
  std::string_view name;
  CounterProtocol protocol;
  std::span<const CounterLabel> labels;  // by name

  // Null: netstat prints this counter under its bare name.
  [[nodiscard]] const CounterLabel* find(std::string_view counter) const;
};

enum class CounterFamily : std::uint8_t { inet, inet6 };

// Null: a section that netstat does not know. It shows such sections whatever was asked for.
[[nodiscard]] const CounterSection* find_counter_section(CounterFamily family, std::string_view name);

}  // namespace conntrail::netstat
