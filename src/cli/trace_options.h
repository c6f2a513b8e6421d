// The options of `conntrail trace`, live and from a capture, and what follows from them for both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conntrail/base/output.h"
#include "conntrail/model/event_totals.h"
#include "options/amounts.h"
#include "options/capture_options.h"
#include "options/source_options.h"
#include "trace_sink.h"

namespace conntrail::cli {

struct TraceOptions {
  SourceOptions source;
  CaptureOptions files;
  bool json = false;
  std::string by = "transition";
  std::vector<std::string> only;
  std::string columns;
  bool no_retransmits = false;
  bool no_resets = false;
  std::string for_text;
  std::string output = "-";
  std::string ring_size = kDefaultRingSize;
  std::optional<std::uint64_t> count;
  bool poll = false;
  std::vector<std::string> command;
};

void add_trace_options(CommandLine& line, TraceOptions& options);
[[nodiscard]] TraceFormat trace_format(const TraceOptions& options, const filter::Filter& filter,
                                       const Output& output);
// --columns adds to what a line has: netns, title.
[[nodiscard]] Result<void> check_columns(const TraceOptions& options);
// Somebody wants to see or to compare command lines.
[[nodiscard]] bool asks_for_titles(const TraceOptions& options, const filter::Filter& filter);

// The last line: to the output as JSON, to stderr for people.
void print_summary(const TraceCounts& counts, const EventTotals& totals, Output& output, bool json);

// `trace --from`: the process exit code.
int trace_recorded(const TraceOptions& options, Output output);

}  // namespace conntrail::cli
