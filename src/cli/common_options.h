// Options that several commands share, and their meaning.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/base/messages.h"
#include "conntrail/base/result.h"
#include "conntrail/filter/filter.h"
#include "conntrail/recorder/history_range.h"
#include "conntrail/session/choice.h"

namespace conntrail::cli {

struct CommonOptions {
  std::vector<std::string> filter_words;
  std::vector<std::string> netns;
  std::string source = "auto";
  bool json = false;

  void add_to(CLI::App& app);
  void add_source_to(CLI::App& app);  // the same without --json
  void add_netns_to(CLI::App& app);
  void add_json_to(CLI::App& app);
};

// Parses the words of a command; what is no option becomes the filter. Empty result: go on; else the exit
// code (help, or a usage error that has been reported, with the near option suggested).
[[nodiscard]] std::optional<int> parse_words(CLI::App& app, const std::vector<std::string>& words,
                                             CommonOptions& options);

// For options that are counts: neither a sign nor a fraction nor what 64 bits do not hold.
[[nodiscard]] CLI::Validator whole_number();

// The words as parsed.
[[nodiscard]] Result<session::CommonChoice> resolve(const CommonOptions& options);
// The same for a recording: --netns becomes part of the filter, and no namespace of this host is looked at
// but to find a name.
[[nodiscard]] Result<filter::Filter> resolve_recorded(const CommonOptions& options);

// A duration option such as --for 10s; empty text is "not given".
[[nodiscard]] Result<std::optional<Nanoseconds>> parse_duration_option(const std::string& name,
                                                                       const std::string& text);

// --since and --until.
void add_range_to(CLI::App& app, recorder::HistoryRange& range);

// Messages of what a command uses: "conntrail: …" on stderr, debug left out.
[[nodiscard]] Messages stderr_messages();
// An error as such a message, and the exit code that goes with it.
int report(const Error& error);
void note(const std::string& text);

}  // namespace conntrail::cli
