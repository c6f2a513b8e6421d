// Console: stdout through one large buffer, and messages on stderr in the order a terminal should show them.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

namespace conntrail::netstat {

class Console {
 public:
  // Descriptors are borrowed. When stdout is a terminal, each message is preceded by what was printed before
  // it, as with stdio.
  Console(int out_fd, int err_fd);
  ~Console() = default;
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  void text(std::string_view text);
  void message(std::string_view text);

  // A row is written in place: `row_space` answers at least kRowSpace free bytes, `row_end` says where it
  // ended.
  static constexpr std::size_t kRowSpace = 4096;
  [[nodiscard]] char* row_space() {
    if (buffer_.size() - used_ < kRowSpace) flush();
    return buffer_.data() + used_;
  }
  void row_end(const char* end) { used_ = static_cast<std::size_t>(end - buffer_.data()); }

  void flush();
  void flush_if_terminal();

  // The errno that ended writing; 0 while all is well. After an error output is dropped.
  [[nodiscard]] int error() const { return error_; }

 private:
  void write_out(std::string_view text);

  int out_fd_;
  int err_fd_;
  bool terminal_;
  int error_ = 0;
  std::size_t used_ = 0;
  std::vector<char> buffer_;
};

}  // namespace conntrail::netstat
