#include "conntrail/log/log_tail.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "conntrail/base/text.h"
#include "conntrail/base/unique_fd.h"

namespace conntrail::log {
namespace {

// The lines of at most this much from the end are looked at.
constexpr off_t kMostBytes = off_t{256} << 10;

Result<std::string> end_of(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file && errno == ENOENT) return std::string();
  if (!file) return fail_errno("cannot read " + path, errno);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return fail_errno("cannot read " + path, errno);
  if (!S_ISREG(status.st_mode)) return fail("cannot read " + path, "it is not a regular file");
  const off_t begin = std::max(off_t{0}, status.st_size - kMostBytes);
  std::string text(static_cast<std::size_t>(status.st_size - begin), '\0');
  const ssize_t got = pread(file.get(), text.data(), text.size(), begin);
  if (got < 0) return fail_errno("cannot read " + path, errno);
  text.resize(static_cast<std::size_t>(got));
  if (begin > 0) text.erase(0, text.find('\n') + 1);  // it began somewhere within a line
  return text;
}

}  // namespace

Result<std::vector<std::string>> last_lines(const std::string& path, std::size_t most) {
  std::vector<std::string> lines;  // the last one first
  for (const std::string& name : {path, path + ".1"}) {
    if (lines.size() >= most) break;
    const auto text = end_of(name);
    if (!text) return std::unexpected(text.error());
    auto here = split(*text, '\n');
    if (here.back().empty()) here.pop_back();
    for (auto line = here.rbegin(); line != here.rend() && lines.size() < most; ++line)
      lines.push_back(printable(*line));
  }
  std::ranges::reverse(lines);
  return lines;
}

}  // namespace conntrail::log
