#include "proc/proc_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace conntrail::netstat {

namespace {
constexpr std::size_t kBufferSize = std::size_t{64} * 1024;
}

std::expected<ProcLines, int> ProcLines::open(const char* path, std::size_t longest) {
  UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  if (!fd) return std::unexpected(errno);
  return ProcLines(std::move(fd), longest);
}

ProcLines::ProcLines(UniqueFd fd, std::size_t longest)
    : fd_(std::move(fd)), longest_(longest), buffer_(kBufferSize) {}

bool ProcLines::next(std::string_view& line) {
  while (true) {
    const std::size_t available = end_ - begin_;
    const std::size_t looked_at = available < longest_ ? available : longest_;
    const char* start = buffer_.data() + begin_;
    const void* newline = std::memchr(start, '\n', looked_at);
    std::size_t length = 0;
    if (newline != nullptr) {
      length = static_cast<std::size_t>(static_cast<const char*>(newline) - start) + 1;
    } else if (looked_at == longest_ || at_end_) {
      length = looked_at;
    } else {
      refill();
      continue;
    }
    if (length == 0) return false;
    line = {start, length};
    begin_ += length;
    return true;
  }
}

void ProcLines::refill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  ssize_t got = 0;
  do {
    got = ::read(fd_.get(), buffer_.data() + end_, buffer_.size() - end_);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    at_end_ = true;
  } else {
    end_ += static_cast<std::size_t>(got);
  }
}

std::expected<std::string, int> read_whole(const char* path) {
  const UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  if (!fd) return std::unexpected(errno);
  std::string text;
  char chunk[4096];
  while (true) {
    const ssize_t got = ::read(fd.get(), chunk, sizeof chunk);
    if (got == 0) return text;
    if (got > 0) {
      text.append(chunk, static_cast<std::size_t>(got));
    } else if (errno != EINTR) {
      return std::unexpected(errno);
    }
  }
}

}  // namespace conntrail::netstat
