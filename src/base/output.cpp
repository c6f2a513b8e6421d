#include "conntrail/base/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace conntrail {

Output::Output() = default;

Output::Output(UniqueFd file) : owned_(std::move(file)), fd_(owned_.get()) {}

Result<Output> Output::open(const std::string& path) {
  if (path == "-") return Output();
  constexpr mode_t kMode = 0644;
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
  if (!file) return fail_errno("cannot write to '" + path + "'", errno, "choose another file with --output");
  return Output(std::move(file));
}

bool Output::flush() {
  std::size_t done = 0;
  while (done < buffer_.size() && !reader_gone_ && error_ == 0) {
    const ssize_t n = ::write(fd_, buffer_.data() + done, buffer_.size() - done);
    if (n >= 0) {
      done += static_cast<std::size_t>(n);
    } else if (errno == EPIPE) {
      reader_gone_ = true;
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  buffer_.clear();
  return !reader_gone_ && error_ == 0;
}

Result<void> Output::finish() {
  flush();
  if (error_ != 0) return fail_errno("cannot write the output", error_);
  return {};
}

bool Output::is_terminal() const { return isatty(fd_) == 1; }

}  // namespace conntrail
