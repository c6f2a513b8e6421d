#include "recorder_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "recorder_log_lines.h"
#include "stderr_messages.h"

namespace conntrail::cli {
namespace {

constexpr std::array<std::string_view, 7> kRooms{"record", "session", "sampler", "kernel",
                                                 "libbpf", "history", "log"};
constexpr const char* kVariable = "CONNTRAIL_LOG";

Result<log::LogLevels> levels_of(const LogChoice& choice) {
  if (!choice.level.empty()) return log::LogLevels::parse("--log-level", choice.level, kRooms);
  const char* const variable = std::getenv(kVariable);
  if (variable == nullptr || *variable == '\0') return log::LogLevels();
  return log::LogLevels::parse(kVariable, variable, kRooms);
}

}  // namespace

void add_log_options(CommandLine& line, LogChoice& choice) {
  line.add("--log-level", choice.level, "LEVEL",
           "error, warning, info or debug; for one room: info,session=debug (default $CONNTRAIL_LOG, info)");
  line.add("--log-file", choice.file, "FILE",
           "messages go into this file, rotated at 10 MiB, instead of stderr");
}

Result<std::unique_ptr<log::Log>> open_log(const LogChoice& choice, const std::string& database) {
  auto levels = levels_of(choice);
  if (!levels) return std::unexpected(levels.error());
  log::LogOptions options;
  options.levels = std::move(*levels);
  options.file = choice.file;
  options.kept_file = kept_log_path(database);
  options.rooms = kRooms;
  return log::Log::open(options);
}

int report_fatal(const Error& error, log::Log& log, bool had_begun) {
  Messages(log, "record").error(error);
  if (!log.to_stderr()) stderr_messages().error(error);
  if (had_begun) log.show_remembered();
  return exit_code(error.kind);
}

void occupy_stderr() {
  if (fcntl(STDERR_FILENO, F_GETFD) >= 0) return;
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null < 0 || null == STDERR_FILENO) return;
  dup2(null, STDERR_FILENO);
  ::close(null);
}

}  // namespace conntrail::cli
