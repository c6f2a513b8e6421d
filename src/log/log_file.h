// LogFile: a log file that is private to its owner, is rotated, and follows its name.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "conntrail/base/result.h"
#include "conntrail/base/unique_fd.h"
#include "log_writer.h"

namespace conntrail::log {

struct LogFileLimits {
  std::uint64_t bytes = 0;  // of one file
  int old_files = 0;        // FILE.1, the youngest, to FILE.N
};

// A new file has mode 0600 whatever the umask. A symbolic link is not followed, and what is not a regular
// file is not written. When somebody else renames or removes the file (logrotate), the next line goes into a
// new one.
class LogFile final : public LogPlace {
 public:
  LogFile(std::string path, LogFileLimits limits) : path_(std::move(path)), limits_(limits) {}

  // Tells why the file cannot be written; otherwise the first take() would open it.
  [[nodiscard]] Result<void> open();
  // Nothing is taken, and no file is made, until release().
  void hold() { held_back_ = true; }
  void release() { held_back_ = false; }

  [[nodiscard]] std::size_t take(std::string_view text) override;

 private:
  [[nodiscard]] bool ready_for(std::size_t bytes);
  [[nodiscard]] bool rotate();

  std::string path_;
  LogFileLimits limits_;
  UniqueFd file_;
  struct stat opened_ {};
  bool held_back_ = false;
};

}  // namespace conntrail::log
