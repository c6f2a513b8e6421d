// The log of `conntrail record`: its options, where it is, and what is shown of it when the run fails.
#pragma once

#include <memory>
#include <string>

#include "conntrail/base/result.h"
#include "conntrail/log/log.h"
#include "options/command_line.h"

namespace conntrail::cli {

struct LogChoice {
  std::string level;  // empty: CONNTRAIL_LOG, else info
  std::string file;   // empty: stderr
};

// --log-level and --log-file.
void add_log_options(CommandLine& line, LogChoice& choice);

// The kept log is not begun before Log::keep().
[[nodiscard]] Result<std::unique_ptr<log::Log>> open_log(const LogChoice& choice,
                                                         const std::string& database);

// The error, on stderr as well where the log goes elsewhere; with `had_begun` also the lines in memory, since
// what led to it is not what the user has just typed. Answers the exit code.
int report_fatal(const Error& error, log::Log& log, bool had_begun);

// A closed descriptor 2 would be given to the next file that is opened, and messages would be written into
// it.
void occupy_stderr();

}  // namespace conntrail::cli
