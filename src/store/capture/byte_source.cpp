#include "capture/byte_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace conntrail::store {
namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10U;

}  // namespace

Result<ByteSource> ByteSource::open(const std::string& path) {
  UniqueFd file(path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                            : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail_errno("cannot read '" + path + "'", errno);
  return ByteSource(std::move(file));
}

bool ByteSource::read_more() {
  if (ended_) return false;
  if (begin_ > 0) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() < end_ + kPiece) buffer_.resize(std::max(buffer_.size() * 2, end_ + kPiece));
  ssize_t n = 0;
  do {
    n = ::read(file_.get(), buffer_.data() + end_, buffer_.size() - end_);
  } while (n < 0 && errno == EINTR);
  if (n < 0) error_ = errno;
  ended_ = n <= 0;
  if (n > 0) end_ += static_cast<std::size_t>(n);
  return n > 0;
}

ByteView ByteSource::look(std::size_t count) {
  while (end_ - begin_ < count && read_more()) {
  }
  return ByteView(buffer_).subspan(begin_, std::min(count, end_ - begin_));
}

void ByteSource::skip(std::size_t count) {
  const std::size_t buffered = std::min(count, end_ - begin_);
  begin_ += buffered;
  count -= buffered;
  if (count == 0) return;
  // Beyond the buffer, a file can be asked to seek; a pipe must be read.
  if (::lseek(file_.get(), static_cast<off_t>(count), SEEK_CUR) >= 0) return;
  while (count > 0 && read_more()) {
    const std::size_t taken = std::min(count, end_ - begin_);
    begin_ += taken;
    count -= taken;
  }
}

}  // namespace conntrail::store
