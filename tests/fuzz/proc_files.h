// Files of /proc whose text the test gives: open() of a named path answers a descriptor with that text, every
// other path in /proc/net is absent, so that a run does not depend on the host.
#pragma once

#include <string>
#include <string_view>

namespace conntrail::fuzz {

void clear_proc_files();
// Both are borrowed until the next clear_proc_files().
void put_proc_file(std::string_view path, std::string_view text);

// What was written to a descriptor: a file in memory that is emptied for each run.
class Captured {
 public:
  Captured();
  void clear();
  [[nodiscard]] std::string text() const;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;  // lives as long as the process
};

}  // namespace conntrail::fuzz
