// Filling in a finding: facts, rows of evidence, and what limits it.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conntrail/diagnose/diagnose.h"
#include "conntrail/model/finding.h"
#include "process_tally.h"

namespace conntrail::diagnose {

inline constexpr std::size_t kMostRows = 10;  // of an evidence table

template <std::integral T>
[[nodiscard]] FactValue value_of(T number) {
  return static_cast<std::int64_t>(number);
}
[[nodiscard]] inline FactValue value_of(double number) { return number; }
[[nodiscard]] inline FactValue value_of(std::string_view text) { return std::string(text); }
[[nodiscard]] inline FactValue value_of(MonoTime moment) {
  return moment.known() ? FactValue(moment) : FactValue{};
}
template <class T>
[[nodiscard]] FactValue value_of(const std::optional<T>& value) {
  return value ? value_of(*value) : FactValue{};
}

template <class T>
void add_fact(Finding& finding, std::string_view key, const T& value) {
  finding.facts.push_back({std::string(key), value_of(value)});
}

// A finding of the topic, with the facts that all have: the interval and, when it is known which, the network
// namespace. Notes say what the evidence lacks.
[[nodiscard]] Finding make_finding(const Evidence& evidence, std::string_view topic, std::string_view id,
                                   std::optional<std::uint32_t> netns = std::nullopt);

// The facts of the process that a finding names; none when it is not known.
void add_program(Finding& finding, const Program& program);

// Seconds of the interval; never 0, so that it can be divided by.
[[nodiscard]] double interval_seconds(const Evidence& evidence);
[[nodiscard]] bool in_interval(const Evidence& evidence, MonoTime time);

// The newest part of the interval: what happens now, not what happened before the load changed.
struct Recent {
  MonoTime from;          // the newer half
  MonoTime last_quarter;  // in which nothing comes of what is over
};
[[nodiscard]] Recent recent_part(const Evidence& evidence);

// The name of a network namespace, as a connection of it has it; empty where it has none.
[[nodiscard]] std::string namespace_name(const Evidence& evidence, std::uint32_t netns);
// The same or its number, for people; empty where everything is of one namespace.
[[nodiscard]] std::string namespace_text(const Evidence& evidence, std::uint32_t netns);

}  // namespace conntrail::diagnose
