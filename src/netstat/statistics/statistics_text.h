// StatisticsText: the text of netstat -s, counter by counter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "statistics/statistics_labels.h"
#include "statistics/statistics_lines.h"

namespace conntrail::netstat {

class StatisticsText {
 public:
  explicit StatisticsText(std::string& out) : out_(out) {}

  // `known`: null for a section that netstat does not know; its counters stay indented as the line before.
  void begin_section(std::string_view title, const CounterSection* known);
  void add(const Counter& counter);
  // A known section is passed over: its counters' indentation would begin anew all the same.
  void skip_section() { place_ = Place::section; }

 private:
  // Lines of a histogram are indented below its title; the title itself as the line before it.
  enum class Place : std::uint8_t { section, icmp_in, icmp_out };

  [[nodiscard]] std::string_view indent() const { return place_ == Place::section ? "    " : "        "; }
  void line(std::string_view text, std::uint64_t value);
  void enter_histogram(Place place, std::string_view title);

  std::string& out_;
  const CounterSection* known_ = nullptr;
  Place place_ = Place::section;
};

}  // namespace conntrail::netstat
