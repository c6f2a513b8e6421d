// conntrail: finds the command and runs it. Invoked under the name netstat, it is netstat.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "commands.h"
#include "conntrail/base/text.h"
#include "conntrail/netstat/netstat.h"
#include "conntrail/recorder/recorder_memory.h"

#ifndef CONNTRAIL_VERSION
#error "CMake defines CONNTRAIL_VERSION"
#endif

namespace {

struct Command {
  std::string_view name;
  int (*run)(const std::vector<std::string>& words);
  std::string_view summary;
};

constexpr std::array kCommands{
    Command{"trace", conntrail::cli::run_trace,
            "live state changes, one line each; with -- CMD: of that command only"},
    Command{"list", conntrail::cli::run_list,
            "current connections with owner, age in state, queues and trail"},
    Command{"capture", conntrail::cli::run_capture,
            "write everything that happens into a file; trace and list show it with --from"},
    Command{"record", conntrail::cli::run_record,
            "the flight recorder: writes every connection to a database"},
    Command{"history", conntrail::cli::run_history, "connections of the database, ended and open"},
    Command{"show", conntrail::cli::run_show, "one connection of it as a timeline"},
    Command{"export", conntrail::cli::run_export,
            "recorded connections as a trace for the Perfetto UI, or as CSV"},
    Command{"diagnose", conntrail::cli::run_diagnose,
            "what is wrong, which process does it, and what to do about it"},
    Command{"doctor", conntrail::cli::run_doctor,
            "what this kernel and these privileges allow, and what to do about it"},
};

void print_help(std::FILE* to) {
  fmt::print(to,
             "conntrail: every TCP connection of this host: what it is, how it got there, why it ended\n\n"
             "usage: conntrail COMMAND [OPTIONS] [FILTER]\n\n");
  for (const Command& command : kCommands) fmt::print(to, "  {:<9} {}\n", command.name, command.summary);
  fmt::print(to, "  {:<9} {}\n", "netstat", "drop-in for net-tools netstat: same options, same output");
  fmt::print(to, "\n  conntrail COMMAND --help    options of one command\n  conntrail --version\n");
}

int unknown_command(std::string_view word) {
  std::vector<std::string_view> names;
  names.reserve(kCommands.size() + 1);
  for (const Command& command : kCommands) names.push_back(command.name);
  names.push_back("netstat");
  const auto near = conntrail::nearest(word, names);
  fmt::print(stderr, "conntrail: unknown command '{}' ({})\n", conntrail::printable(word),
             near ? fmt::format("did you mean {}?", *near) : "see conntrail --help");
  return 2;
}

int run_netstat(int argc, char** argv) {
  conntrail::netstat::Helpers helpers;
  helpers.recorded_owners = conntrail::recorder::recorded_owners;
  return conntrail::netstat::run(argc, argv, helpers);
}

int dispatch(int argc, char** argv) {
  std::string_view invoked = argc > 0 ? argv[0] : "conntrail";
  invoked = invoked.substr(invoked.find_last_of('/') + 1);
  if (invoked == "netstat") return run_netstat(argc, argv);
  if (argc < 2) {
    print_help(stderr);
    return 2;
  }
  const std::string_view word = argv[1];
  if (word == "netstat") return run_netstat(argc - 1, argv + 1);
  if (word == "--help" || word == "-h" || word == "help") {
    print_help(stdout);
    return 0;
  }
  if (word == "--version" || word == "-V") {
    fmt::print("conntrail {}\n", CONNTRAIL_VERSION);
    return 0;
  }
  const auto command = std::ranges::find(kCommands, word, &Command::name);
  if (command == kCommands.end()) return unknown_command(word);
  return command->run(std::vector<std::string>(argv + 2, argv + argc));
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_ALL, "");
  try {
    return dispatch(argc, argv);
  } catch (const std::exception& failure) {
    // Our own code throws nothing for recoverable failures; this is running out of memory or a defect.
    fmt::print(stderr, "conntrail: internal error: {}\n", conntrail::printable(failure.what()));
    return 2;
  }
}
