// Running a command and keeping what it printed: the independent truth of a test (ss, netstat, nft, ip).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace conntrail::test {

struct CommandResult {
  int status = -1;  // exit status, 128 + signal when it was killed
  std::string out;
  std::string err;
};

// In the caller's namespaces and environment; standard input is /dev/null. Throws std::runtime_error when it
// cannot be started.
[[nodiscard]] CommandResult run_command(const std::vector<std::string>& words);
// The same; anything but status 0 throws, with what it said on stderr. Gives standard output.
std::string must_run(const std::vector<std::string>& words);

void write_file(const std::string& path, std::string_view text);  // throws
[[nodiscard]] std::string read_file(const std::string& path);     // throws

}  // namespace conntrail::test
