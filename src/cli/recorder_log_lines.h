// What `conntrail doctor` shows of the log of the recorder that runs, or ran last.
#pragma once

#include <string>

namespace conntrail::cli {

// Beside the database.
[[nodiscard]] std::string kept_log_path(const std::string& database);

// The last 200 lines of the log beside `database`, under a heading or as JSON lines; empty when no recorder
// has left one.
[[nodiscard]] std::string recorder_log_lines(const std::string& database, bool json);

}  // namespace conntrail::cli
