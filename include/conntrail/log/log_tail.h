// The end of a log file that another process writes or wrote.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "conntrail/base/result.h"

namespace conntrail::log {

// The last `most` lines of the file and, where it was rotated lately, of its predecessor FILE.1; empty when
// there is no such file. Control characters are made visible.
[[nodiscard]] Result<std::vector<std::string>> last_lines(const std::string& path, std::size_t most);

}  // namespace conntrail::log
