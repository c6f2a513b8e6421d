#include "output/console.h"

#include <unistd.h>

#include <cerrno>

namespace conntrail::netstat {

namespace {

constexpr std::size_t kBufferSize = std::size_t{256} * 1024;

// All of `text`, across short writes and signals. 0 or an errno.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

Console::Console(int out_fd, int err_fd)
    : out_fd_(out_fd), err_fd_(err_fd), terminal_(::isatty(out_fd) == 1) {
  allocate(kBufferSize);
}

void Console::allocate(std::size_t capacity) {
  buffer_ = std::make_unique_for_overwrite<char[]>(capacity);
  capacity_ = capacity;
}

void Console::text(std::string_view text) {
  if (text.empty()) return;  // it may have no address, which memcpy() must not see
  if (capacity_ - used_ < text.size()) flush();
  if (text.size() > capacity_) {
    write_out(text);
    return;
  }
  std::memcpy(buffer_.get() + used_, text.data(), text.size());
  used_ += text.size();
}

void Console::message(std::string_view text) {
  flush_if_terminal();
  // A message that cannot be delivered has nowhere else to go.
  static_cast<void>(write_all(err_fd_, text));
}

void Console::flush() {
  write_out({buffer_.get(), used_});
  used_ = 0;
}

void Console::flush_if_terminal() {
  if (terminal_) flush();
}

void Console::write_out(std::string_view text) {
  if (error_ == 0) error_ = write_all(out_fd_, text);
}

}  // namespace conntrail::netstat
