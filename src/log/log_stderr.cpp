#include "log_stderr.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include "conntrail/base/text.h"

namespace conntrail::log {

std::size_t LogStderr::take_within(std::string_view text, int wait_ms) {
  std::size_t done = 0;
  while (done < text.size()) {
    // A pipe that is ready takes PIPE_BUF bytes at once; more would wait for its reader, and with it the
    // whole program.
    pollfd ready{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, wait_ms) <= 0 || (ready.revents & POLLOUT) == 0) return done;
    const std::string_view part = text.substr(done, PIPE_BUF);
    const ssize_t written = ::write(STDERR_FILENO, part.data(), part.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return done;
    done += static_cast<std::size_t>(written);
  }
  return done;
}

bool stderr_is_journal() {
  const char* const named = std::getenv("JOURNAL_STREAM");
  if (named == nullptr) return false;
  const auto parts = split(named, ':');
  if (parts.size() != 2) return false;
  struct stat ours {};
  if (fstat(STDERR_FILENO, &ours) != 0) return false;
  // A service's stderr may have been redirected since, and the variable is inherited by its children.
  return parse_number<dev_t>(parts[0]) == ours.st_dev && parse_number<ino_t>(parts[1]) == ours.st_ino;
}

}  // namespace conntrail::log
