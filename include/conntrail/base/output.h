// Output: stdout (or a file) as a stream of whole lines.
#pragma once

#include <string>
#include <string_view>

#include "conntrail/base/result.h"
#include "conntrail/base/unique_fd.h"

namespace conntrail {

// Collects text and writes it in large pieces; the caller flushes when a batch is complete, so that a reader
// of a pipe sees each line at once while a flood of lines does not cost one system call each.
class Output {
 public:
  Output();  // stdout; not closed at the end
  // Creates or truncates `path`; "-" is stdout.
  [[nodiscard]] static Result<Output> open(const std::string& path);

  [[nodiscard]] std::string& buffer() { return buffer_; }
  void append(std::string_view text) { buffer_.append(text); }

  // False once the reader has gone (EPIPE) or writing failed; `error()` tells which. Everything after is
  // dropped.
  bool flush();
  // Flushes at the end of a command. A reader who has gone is not an error: he has had enough.
  [[nodiscard]] Result<void> finish();
  // Flushes when enough has gathered to be worth a system call.
  bool flush_if_large() { return buffer_.size() < kLarge || flush(); }

  [[nodiscard]] bool reader_gone() const { return reader_gone_; }
  [[nodiscard]] int error() const { return error_; }  // errno of a failed write other than EPIPE, else 0
  [[nodiscard]] bool is_terminal() const;

 private:
  static constexpr std::size_t kLarge = std::size_t{256} << 10;
  explicit Output(UniqueFd file);

  UniqueFd owned_;
  int fd_ = 1;
  bool reader_gone_ = false;
  int error_ = 0;
  std::string buffer_;
};

}  // namespace conntrail
