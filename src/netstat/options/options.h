// netstat's command line as plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "conntrail/snapshot/snapshot.h"
#include "options/families.h"
#include "output/record_writer.h"

namespace conntrail::netstat {

enum class Mode : std::uint8_t { sockets, masquerade, statistics, routes, interfaces };

struct Options {
  Mode mode = Mode::sockets;
  Families families;

  // Tables of the socket mode.
  bool tcp = false;
  bool udp = false;
  bool udplite = false;
  bool sctp = false;
  bool raw = false;
  bool groups = false;
  bool l2cap = false;
  bool rfcomm = false;
  bool implied_protocols =
      false;  // all of them, because a family was named and no table: absence is not an error

  bool all = false;
  bool listening = false;
  bool continuous = false;
  bool programs = false;
  bool all_holders = false;  // -pp: every process that holds a socket, with its whole name
  bool context = false;
  bool wide = false;
  bool timers = false;
  bool verbose = false;
  bool symbolic = false;  // -N
  bool cache = false;
  bool fib = false;
  bool numeric_hosts = false;
  bool numeric_ports = false;
  bool numeric_users = false;
  int extend = 0;  // how often -e was given

  // conntrail's own.
  std::chrono::milliseconds interval{1000};  // -c SECONDS
  bool interval_given = false;
  std::uint64_t rounds = 0;  // --count; 0: without end with -c, else one
  std::string netns;         // --netns: "all", or names, paths and PIDs with commas; empty: the own one
  bool history = false;      // --history: owners that only a recorder remembers
  std::string history_path;  // its database; empty: the default one
  snapshot::Source source = snapshot::Source::automatic;  // where TCP and UDP rows come from
  Format format = Format::text;                           // --json, --csv

  // Some table was asked for; without one, all are shown.
  [[nodiscard]] bool tables_named() const;
  // -ee with -x: the other end of each UNIX socket.
  [[nodiscard]] bool unix_peers() const { return extend > 1 && families.unix_domain; }
  // netstat takes any of -n, -N and --numeric-… as "numeric hosts" in the SCTP table.
  [[nodiscard]] bool any_numeric() const {
    return numeric_hosts || numeric_ports || numeric_users || symbolic;
  }
};

// What the command line amounts to: options to run with, or texts and an exit code.
struct ParsedCommandLine {
  std::optional<Options> options;  // empty: print the texts and exit
  int exit_code = 0;
  std::string out;  // for stdout
  std::string err;  // for stderr, also when there are options
};

// Facts of the host that the meaning of a command line depends on.
struct ParseEnvironment {
  bool posixly_correct = false;
  bool selinux = false;  // SELinux is enabled, so -Z can be served
};

// `arguments` includes the program's name.
[[nodiscard]] ParsedCommandLine parse_command_line(std::span<char* const> arguments,
                                                   const ParseEnvironment& environment);

// The environment of this process and host.
[[nodiscard]] ParseEnvironment detect_environment();

}  // namespace conntrail::netstat
