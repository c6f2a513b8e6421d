#include "proc_table.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "conntrail/base/unique_fd.h"
#include "conntrail/snapshot/proc_net_line.h"

namespace conntrail::snapshot {

namespace {

// Lines of a file one after the other, in blocks; a line longer than the block is handed out cut, its rest
// skipped.
class LineReader {
 public:
  explicit LineReader(int fd) : fd_(fd), buffer_(kBlock) {}

  // False at the end and on a read error (see error()).
  bool next(std::string_view& line) {
    for (;;) {
      const char* start = buffer_.data() + begin_;
      if (const void* newline = std::memchr(start, '\n', end_ - begin_)) {
        line = {start, static_cast<std::size_t>(static_cast<const char*>(newline) - start)};
        begin_ += line.size() + 1;
        if (!std::exchange(skipping_, false)) return true;
        continue;
      }
      if (begin_ == 0 && end_ == buffer_.size()) {
        line = {start, end_};
        begin_ = end_;
        if (!std::exchange(skipping_, true)) return true;
      }
      if (!fill()) {
        if (error_ != 0 || begin_ == end_ || skipping_) return false;
        line = {buffer_.data() + begin_, end_ - begin_};  // the last line has no newline
        begin_ = end_;
        return true;
      }
    }
  }

  [[nodiscard]] int error() const { return error_; }

 private:
  static constexpr std::size_t kBlock = std::size_t{64} << 10;

  bool fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    ssize_t length = 0;
    do {
      length = ::read(fd_, buffer_.data() + end_, buffer_.size() - end_);
    } while (length < 0 && errno == EINTR);
    if (length < 0) error_ = errno;
    if (length <= 0) return false;
    end_ += static_cast<std::size_t>(length);
    return true;
  }

  int fd_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool skipping_ = false;
  int error_ = 0;
};

}  // namespace

std::string own_proc_net() {
  constexpr const char* kOfThread = "/proc/thread-self/net";
  return ::access(kOfThread, X_OK) == 0 ? kOfThread : "/proc/net";
}

Result<TableReport> read_proc_table(const Table& table, const RowFunction& row) {
  const std::string path = fmt::format("{}/{}", table.proc_net, table_name(table));
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    const int error = errno;
    if (error == ENOENT && table.family == Family::inet6) return TableReport{};
    return fail_errno(fmt::format("cannot open {}", path), error);
  }
  TableReport report;
  LineReader lines(fd.get());
  std::string_view line;
  if (!lines.next(line) && lines.error() == 0) return report;  // an empty file has not even a title
  SocketRow parsed;
  while (lines.error() == 0 && lines.next(line)) {
    if (!parse_proc_net_line(line, table.protocol, table.family, table.netns, parsed)) {
      ++report.malformed;
    } else if (!table.time_wait_only || parsed.kind == SocketKind::time_wait) {
      parsed.tuple.netns_cookie = table.netns_cookie;
      row(parsed);
    }
  }
  if (lines.error() != 0) return fail_errno(fmt::format("cannot read {}", path), lines.error());
  return report;
}

}  // namespace conntrail::snapshot
