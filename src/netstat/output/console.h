// Console: stdout through one large buffer, and messages on stderr in the order a terminal should show them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

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
    if (capacity_ - used_ < kRowSpace) flush();
    return buffer_.get() + used_;
  }
  void row_end(const char* end) { used_ = static_cast<std::size_t>(end - buffer_.get()); }

  // The same for a row that may be longer.
  [[nodiscard]] char* row_space(std::size_t needed) {
    if (capacity_ - used_ < needed) flush();
    if (capacity_ < needed) allocate(needed);
    return buffer_.get() + used_;
  }

  // Where the records written from now on were found (--netns); RecordWriter marks them with it.
  struct Netns {
    std::uint32_t inode = 0;  // 0: they are not to be marked
    std::string name;         // empty: none
  };
  void set_netns(std::uint32_t inode, std::string name) { netns_ = {inode, std::move(name)}; }
  [[nodiscard]] const Netns& netns() const { return netns_; }

  void flush();
  void flush_if_terminal();

  // The errno that ended writing; 0 while all is well. After an error output is dropped.
  [[nodiscard]] int error() const { return error_; }

 private:
  void write_out(std::string_view text);
  void allocate(std::size_t capacity);

  int out_fd_;
  int err_fd_;
  bool terminal_;
  Netns netns_;
  int error_ = 0;
  std::size_t used_ = 0;
  std::size_t capacity_ = 0;
  std::unique_ptr<char[]> buffer_;  // never cleared: a small table touches but a page of it
};

}  // namespace conntrail::netstat
