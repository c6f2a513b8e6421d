// Where the counters of netstat -s go: text or records.
#pragma once

#include <memory>
#include <string_view>

#include "output/console.h"
#include "output/record_writer.h"
#include "statistics/statistics_labels.h"
#include "statistics/statistics_lines.h"

namespace conntrail::netstat {

class CounterSink {
 public:
  CounterSink() = default;
  CounterSink(const CounterSink&) = delete;
  CounterSink& operator=(const CounterSink&) = delete;
  virtual ~CounterSink() = default;
  virtual void begin_section(std::string_view title, const CounterSection* known) = 0;
  virtual void add(const Counter& counter) = 0;
  // A section that netstat knows, but was not asked for.
  virtual void skip_section() {}
  // A group whose two lines do not belong together: netstat shows it all the same.
  [[nodiscard]] virtual bool accepts(const CounterGroup& group) const = 0;
};

// `console` is borrowed.
[[nodiscard]] std::unique_ptr<CounterSink> make_counter_sink(Format format, Console& console);

}  // namespace conntrail::netstat
