#include "windows/windows_mode.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "names/system_names.h"
#include "windows/windows_connections.h"
#include "windows/windows_interfaces.h"
#include "windows/windows_options.h"
#include "windows/windows_routes.h"
#include "windows/windows_statistics.h"

namespace conntrail::netstat::windows {

namespace {

bool has_connections(WindowsProtocol protocol) { return protocol >= WindowsProtocol::tcp; }

// -e, -s and -r stand for themselves; the statistics of a protocol are followed by its connections.
int show(const WindowsOptions& options, Names& names, Console& console) {
  int status = 0;
  if (options.interfaces) status = print_windows_interface_statistics(console);
  if (options.routes) status = std::max(status, print_windows_routes(console));
  if (options.statistics) status = std::max(status, print_windows_statistics(options, console));
  const bool only_these = options.interfaces || options.routes || options.statistics;
  const bool of_one = options.statistics && options.protocol && has_connections(*options.protocol);
  if (!only_these || of_one) status = std::max(status, print_windows_connections(options, names, console));
  return status;
}

}  // namespace

int run_windows_mode(std::span<char* const> words, Console& console) {
  const WindowsCommandLine parsed = parse_windows_command_line(words);
  if (!parsed.options) {
    if (!parsed.complaint.empty()) console.message(parsed.complaint);
    console.text(windows_help());
    return parsed.exit_code;
  }
  SystemNames names;
  while (true) {
    const int status = show(*parsed.options, names, console);
    console.flush();
    if (!parsed.options->interval_s || console.error() != 0) return status;
    std::this_thread::sleep_for(std::chrono::seconds(*parsed.options->interval_s));
  }
}

}  // namespace conntrail::netstat::windows
