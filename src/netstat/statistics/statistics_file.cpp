#include "statistics/statistics_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "conntrail/base/unique_fd.h"

namespace conntrail::netstat {

namespace {
constexpr std::size_t kChunk = 8192;
}

std::expected<CounterFile, int> read_counter_file(const char* path) {
  const UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  if (!fd) return std::unexpected(errno);
  CounterFile file;
  std::array<char, kChunk> chunk;
  while (true) {
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got == 0) return file;
    if (got > 0) {
      file.text.append(chunk.data(), static_cast<std::size_t>(got));
    } else if (errno != EINTR) {
      file.read_error = errno;
      return file;
    }
  }
}

std::string_view take_line(std::string_view& rest, std::size_t longest) {
  const std::size_t newline = rest.substr(0, longest).find('\n');
  const std::string_view line =
      newline == std::string_view::npos ? rest.substr(0, longest) : rest.substr(0, newline + 1);
  rest.remove_prefix(line.size());
  return line;
}

}  // namespace conntrail::netstat
