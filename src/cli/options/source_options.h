// SourceOptions: which connections a command looks at, and where it reads them.
#pragma once

#include <string>
#include <vector>

#include "conntrail/base/result.h"
#include "conntrail/filter/filter.h"
#include "conntrail/session/choice.h"
#include "options/command_line.h"

namespace conntrail::cli {

struct SourceOptions {
  std::vector<std::string> filter_words;  // the words that are not options
  std::vector<std::string> netns;
  std::string source = "auto";
  std::vector<std::string> cgroups;

  void add_to(CommandLine& line);                        // --netns and --source
  void add_netns_to(CommandLine& line);                  // for recordings, which have one source
  CommandLine::Option add_cgroup_to(CommandLine& line);  // only of the live host
};

// The words as parsed.
[[nodiscard]] Result<session::CommonChoice> resolve(const SourceOptions& options);
// The same for a recording: --netns becomes part of the filter, and namespaces of this host are used only to
// look up a name.
[[nodiscard]] Result<filter::Filter> resolve_recorded(const SourceOptions& options);

}  // namespace conntrail::cli
