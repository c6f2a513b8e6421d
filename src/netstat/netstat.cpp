#include "conntrail/netstat/netstat.h"

#include <unistd.h>

#include <cerrno>
#include <span>
#include <string>
#include <string_view>

#include "interfaces/interface_mode.h"
#include "masquerade/masquerade_mode.h"
#include "options/options.h"
#include "output/console.h"
#include "output/translation.h"
#include "routes/route_mode.h"
#include "run_mode.h"
#include "sockets/socket_mode.h"
#include "sockets/table_file.h"
#include "statistics/statistics_mode.h"
#include "windows/windows_mode.h"

namespace conntrail::netstat {

int run_mode(const Options& options, Console& console, const Helpers& helpers) {
  switch (options.mode) {
    case Mode::sockets:
      return run_socket_mode(options, console, helpers);
    case Mode::masquerade:
      return run_masquerade_mode(options, console);
    case Mode::statistics:
      return run_statistics_mode(options, console);
    case Mode::routes:
      return run_route_mode(options, console);
    case Mode::interfaces:
      return run_interface_mode(options, console);
  }
  return 0;
}

namespace {

// A reader that has gone away wants nothing more, and no complaint; any other failure must not look like
// success.
int exit_code_after(Console& console, int code) {
  console.flush();
  if (console.error() == 0 || console.error() == EPIPE) return code;
  tell_error(console, translated("netstat: write error"), console.error());
  return code == 0 ? 1 : code;
}

}  // namespace

int run(int argc, char** argv, const Helpers& helpers) {
  use_environment_language();
  const std::span<char* const> arguments(argv, static_cast<std::size_t>(argc));
  Console console(STDOUT_FILENO, STDERR_FILENO);
  // Another option set altogether, so it must be the first word.
  if (arguments.size() > 1 && arguments[1] == std::string_view("--windows")) {
    return exit_code_after(console, windows::run_windows_mode(arguments.subspan(2), console));
  }
  const ParsedCommandLine parsed = parse_command_line(arguments, detect_environment());
  console.text(parsed.out);
  if (!parsed.err.empty()) console.message(parsed.err);
  if (!parsed.options) return exit_code_after(console, parsed.exit_code);
  return exit_code_after(console, run_mode(*parsed.options, console, helpers));
}

}  // namespace conntrail::netstat
