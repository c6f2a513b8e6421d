// A file of counters as it was read, and the error that ended the reading.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace conntrail::netstat {

struct CounterFile {
  std::string text;
  int read_error = 0;  // an errno; 0: read to its end
};

// The error is the errno of open().
[[nodiscard]] std::expected<CounterFile, int> read_counter_file(const char* path);

// Takes the next line with its newline off `rest`; at most `longest` bytes of it.
[[nodiscard]] std::string_view take_line(std::string_view& rest,
                                         std::size_t longest = std::string_view::npos);

}  // namespace conntrail::netstat
