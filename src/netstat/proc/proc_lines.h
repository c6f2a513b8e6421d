// ProcLines: a /proc file line by line, in the pieces that netstat reads (a line longer than its buffer
// counts as several).
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/unique_fd.h"

namespace conntrail::netstat {

class ProcLines {
 public:
  // `longest`: bytes of a line at most, newline included (netstat's buffer less one). The error is an errno.
  [[nodiscard]] static std::expected<ProcLines, int> open(const char* path, std::size_t longest = 8191);

  // The next line with its newline (the last may have none). Valid until the next call. Ends at a read error
  // too.
  [[nodiscard]] bool next(std::string_view& line);

 private:
  ProcLines(UniqueFd fd, std::size_t longest);
  void refill();

  UniqueFd fd_;
  std::size_t longest_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool at_end_ = false;
};

// The whole file; the error is an errno.
[[nodiscard]] std::expected<std::string, int> read_whole(const char* path);

}  // namespace conntrail::netstat
