// The options of `conntrail trace`, live and from a capture, and what follows from them for both.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common_options.h"
#include "conntrail/base/output.h"
#include "sizes.h"
#include "trace_sink.h"

namespace conntrail::cli {

struct TraceOptions {
  CommonOptions common;
  std::string by = "transition";
  std::vector<std::string> only;
  bool no_retransmits = false;
  bool no_resets = false;
  std::string for_text;
  std::string output = "-";
  std::string ring_size = kDefaultRingSize;
  std::optional<std::uint64_t> count;
  bool poll = false;
  std::string capture;  // write a capture there; empty = none
  std::string from;     // read this capture; empty = live
  std::vector<std::string> command;
};

void add_trace_options(CLI::App& app, TraceOptions& options);
[[nodiscard]] TraceFormat trace_format(const TraceOptions& options, const Output& output);

// The last line: to the output as JSON, to stderr for people.
void print_summary(const TraceCounts& counts, const EventTotals& totals, Output& output, bool json);

// `trace --from`: the process exit code.
int trace_recorded(const TraceOptions& options, Output output);

}  // namespace conntrail::cli
