#include "stderr_messages.h"

#include <unistd.h>

#include <cerrno>
#include <string>

#include "conntrail/base/text.h"

namespace conntrail::cli {

void StderrMessages::write(MessageLevel level, std::string_view room, std::string_view text) {
  if (!wants(level, room)) return;
  const std::string line = "conntrail: " + std::string(text) + "\n";
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool StderrMessages::wants(MessageLevel level, std::string_view /*room*/) const {
  return level != MessageLevel::debug;
}

Messages stderr_messages() {
  static StderrMessages sink;
  return Messages(sink);
}

int report(const Error& error) {
  stderr_messages().error(error);
  return exit_code(error.kind);
}

void note(const std::string& text) { stderr_messages().note(printable(text)); }

}  // namespace conntrail::cli
