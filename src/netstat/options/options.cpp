#include "options/options.h"

#include <array>
#include <charconv>
#include <cmath>

#include "conntrail/base/text.h"
#include "options/argument_scanner.h"
#include "options/usage.h"
#include "output/translation.h"

namespace conntrail::netstat {

namespace {

constexpr std::string_view kShortOptions = "A:CFMacdeghilnNoprsStuUvVWw2fx64?Z";

// Values of options without a letter. `family` options are named after the family.
enum LongValue : int {
  family = 1,
  numeric_hosts = '!',
  numeric_ports = '@',
  numeric_users = '#',
  source = 1000,
  netns,
  count,
  json,
  csv,
  history,
};

// In net-tools' order: getopt lists candidates in it, and takes the first of several that mean the same.
constexpr std::array kLongOptions{
    LongOption{"ax25", false, family},
    LongOption{"x25", false, family},
    LongOption{"ip", false, family},
    LongOption{"ipx", false, family},
    LongOption{"appletalk", false, family},
    LongOption{"netrom", false, family},
    LongOption{"inet", false, family},
    LongOption{"inet6", false, family},
    LongOption{"ddp", false, family},
    LongOption{"rose", false, family},
    LongOption{"unix", false, family},
    LongOption{"bluetooth", false, family},
    LongOption{"tcpip", false, family},
    LongOption{"version", false, 'V'},
    LongOption{"interfaces", false, 'i'},
    LongOption{"help", false, 'h'},
    LongOption{"route", false, 'r'},
    LongOption{"masquerade", false, 'M'},
    LongOption{"protocol", true, 'A'},
    LongOption{"tcp", false, 't'},
    LongOption{"sctp", false, 'S'},
    LongOption{"udp", false, 'u'},
    LongOption{"udplite", false, 'U'},
    LongOption{"raw", false, 'w'},
    LongOption{"unix", false, 'x'},
    LongOption{"l2cap", false, '2'},
    LongOption{"rfcomm", false, 'f'},
    LongOption{"listening", false, 'l'},
    LongOption{"all", false, 'a'},
    LongOption{"timers", false, 'o'},
    LongOption{"continuous", false, 'c'},
    LongOption{"extend", false, 'e'},
    LongOption{"programs", false, 'p'},
    LongOption{"verbose", false, 'v'},
    LongOption{"statistics", false, 's'},
    LongOption{"wide", false, 'W'},
    LongOption{"numeric", false, 'n'},
    LongOption{"numeric-hosts", false, numeric_hosts},
    LongOption{"numeric-ports", false, numeric_ports},
    LongOption{"numeric-users", false, numeric_users},
    LongOption{"symbolic", false, 'N'},
    LongOption{"cache", false, 'C'},
    LongOption{"fib", false, 'F'},
    LongOption{"groups", false, 'g'},
    LongOption{"context", false, 'Z'},
};
constexpr std::size_t kTcpipIndex = 12;  // one past what net-tools counts as family options
static_assert(kLongOptions[kTcpipIndex].name == "tcpip");

// Ours. They cannot be abbreviated and take no part in getopt's messages.
constexpr std::array kExactOptions{
    LongOption{"source", true, source}, LongOption{"json", false, json},
    LongOption{"csv", false, csv},      LongOption{"netns", true, netns},
    LongOption{"count", true, count},   LongOption{"history", false, history, true}};

// SECONDS of -c, with a fraction if need be.
std::optional<std::chrono::milliseconds> parse_interval(std::string_view word) {
  constexpr double kLongest = 1e6;
  constexpr double kMilliseconds = 1000;
  double seconds = 0;
  const auto [end, error] =
      std::from_chars(word.data(), word.data() + word.size(), seconds, std::chars_format::fixed);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  const double milliseconds = std::round(seconds * kMilliseconds);
  if (!(milliseconds >= 1) || seconds > kLongest) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds));
}
bool is_interval(std::string_view word) { return parse_interval(word).has_value(); }

// How often a mode was named: twice the same is as much a clash as two different ones.
struct ModeCount {
  int masquerade = 0;
  int statistics = 0;
  int routes = 0;
  int interfaces = 0;

  [[nodiscard]] int total() const { return masquerade + statistics + routes + interfaces; }
  [[nodiscard]] Mode mode() const {
    if (masquerade != 0) return Mode::masquerade;
    if (statistics != 0) return Mode::statistics;
    if (routes != 0) return Mode::routes;
    return interfaces != 0 ? Mode::interfaces : Mode::sockets;
  }
};

class Parser {
 public:
  Parser(const ParseEnvironment& environment, std::string_view program)
      : environment_(environment), program_(program) {}

  // False: stop and exit as `result` says.
  bool take(const ScannedOption& scanned) {
    if (scanned.kind == ScannedOption::Kind::bad) {
      result.err += scanned.message;
      return stop_with_usage(3);
    }
    if (scanned.value == family) return take_family_option(scanned.long_index);
    if (scanned.value == 'c' && scanned.argument != nullptr) {
      options_.interval = parse_interval(scanned.argument).value_or(options_.interval);
      options_.interval_given = true;
    }
    return take_flag(scanned.value) || take_other(scanned);
  }

  bool finish() {
    if (modes_.total() > 1) return stop_with_usage(3);
    options_.mode = modes_.mode();
    imply_protocols_and_families();
    result.options = options_;
    return true;
  }

  ParsedCommandLine result;

 private:
  bool stop(int exit_code) {
    result.exit_code = exit_code;
    return false;
  }

  bool stop_with_usage(int exit_code) {
    (exit_code == 0 ? result.out : result.err) += usage_text();
    result.err += family_list_text();
    return stop(exit_code);
  }

  bool add_families(std::string_view list) { return options_.families.add(list, result.err) || stop(1); }

  bool take_family_option(std::size_t index) {
    if (index == kTcpipIndex) {
      result.err += translated("%s: Internal Error `%s'.\n", {"netstat.c", "longopts 1 range"});
      return true;
    }
    return add_families(kLongOptions[index].name);
  }

  // Options that set one thing and cannot fail.
  bool take_flag(int value) {
    switch (value) {
      case 'M':
        ++modes_.masquerade;
        return true;
      case 's':
        ++modes_.statistics;
        return true;
      case 'r':
        ++modes_.routes;
        return true;
      case 'i':
        ++modes_.interfaces;
        return true;
      case 'e':
        ++options_.extend;
        return true;
      case 'p':
        options_.all_holders = options_.programs;
        options_.programs = true;
        return true;
      case 'd':
        return true;  // net-tools' debugging switch: accepted, without effect
      case 'n':
        options_.numeric_hosts = options_.numeric_ports = options_.numeric_users = true;
        return true;
      default:
        break;
    }
    if (bool Options::*flag = flag_of(value); flag != nullptr) {
      options_.*flag = true;
      return true;
    }
    return false;
  }

  static bool Options::*flag_of(int value) {
    switch (value) {
      case 'a':
        return &Options::all;
      case 'l':
        return &Options::listening;
      case 'c':
        return &Options::continuous;
      case 'g':
        return &Options::groups;
      case 'W':
        return &Options::wide;
      case numeric_hosts:
        return &Options::numeric_hosts;
      case numeric_ports:
        return &Options::numeric_ports;
      case numeric_users:
        return &Options::numeric_users;
      case 'N':
        return &Options::symbolic;
      case 'C':
        return &Options::cache;
      case 'F':
        return &Options::fib;
      case 'o':
        return &Options::timers;
      case 'v':
        return &Options::verbose;
      case 't':
        return &Options::tcp;
      case 'S':
        return &Options::sctp;
      case 'u':
        return &Options::udp;
      case 'U':
        return &Options::udplite;
      case 'w':
        return &Options::raw;
      case '2':
        return &Options::l2cap;
      case 'f':
        return &Options::rfcomm;
      default:
        return nullptr;
    }
  }

  bool take_other(const ScannedOption& scanned) {
    switch (scanned.value) {
      case 'A':
        return add_families(scanned.argument);
      case '6':
        return add_families("inet6");
      case '4':
        return add_families("inet");
      case 'x':
        return add_families("unix");
      case 'h':
        return stop_with_usage(0);
      case 'V':
        result.out += version_text();
        return stop(0);
      case 'Z':
        return take_context();
      case source:
        return take_source(scanned.argument);
      case netns:
        if (!options_.netns.empty()) options_.netns += ',';
        options_.netns += scanned.argument;
        return true;
      case count:
        return take_count(scanned.argument);
      case history:
        options_.history = true;
        if (scanned.argument != nullptr) options_.history_path = scanned.argument;
        return true;
      case json:
        options_.format = Format::json;
        return true;
      case csv:
        options_.format = Format::csv;
        return true;
      default:
        return stop_with_usage(3);  // "-?"
    }
  }

  bool take_context() {
    if (!environment_.selinux) {
      result.err += translated("SELinux is not enabled on this machine.\n");
      return stop(1);
    }
    options_.programs = options_.context = true;
    return true;
  }

  bool take_source(std::string_view word) {
    const auto parsed = snapshot::parse_source(word);
    if (!parsed) {
      result.err +=
          translated("%s: unknown source '%s' (auto, diag, bpf or proc)\n", {program_, printable(word)});
      return stop(3);
    }
    options_.source = *parsed;
    return true;
  }

  bool take_count(std::string_view word) {
    const auto number = parse_number<std::uint64_t>(word);
    if (!number || *number == 0) {
      result.err.append(program_).append(": bad count '").append(printable(word)).append("'\n");
      return stop(3);
    }
    options_.continuous = true;
    options_.rounds = *number;
    return true;
  }

  void imply_protocols_and_families() {
    Options& o = options_;
    const bool no_protocol = !(o.tcp || o.sctp || o.udp || o.udplite || o.raw);
    if (no_protocol && (o.families.inet || o.families.inet6 || o.mode == Mode::statistics)) {
      o.implied_protocols = o.tcp = o.sctp = o.udp = o.udplite = o.raw = true;
    }
    const bool internet = o.tcp || o.sctp || o.udp || o.udplite || o.raw || o.groups;
    if (internet && !(o.families.inet || o.families.inet6)) o.families.inet = o.families.inet6 = true;
    if (o.families.bluetooth && !(o.l2cap || o.rfcomm)) o.l2cap = o.rfcomm = true;
  }

  ParseEnvironment environment_;
  std::string program_;
  Options options_;
  ModeCount modes_;
};

}  // namespace

bool Options::tables_named() const {
  return tcp || sctp || udplite || udp || raw || families.unix_domain || families.ipx || families.ax25 ||
         families.netrom || groups || families.x25 || families.rose || l2cap || rfcomm;
}

ParsedCommandLine parse_command_line(std::span<char* const> arguments, const ParseEnvironment& environment) {
  const std::string_view program = arguments.empty() ? "netstat" : arguments.front();
  const auto rest = arguments.empty() ? arguments : arguments.subspan(1);
  ArgumentScanner scanner(program, rest,
                          {.short_options = kShortOptions,
                           .long_options = kLongOptions,
                           .exact_options = kExactOptions,
                           .stop_at_operand = environment.posixly_correct,
                           .optional = {'c', is_interval}});
  Parser parser(environment, program);
  for (ScannedOption scanned = scanner.next(); scanned.kind != ScannedOption::Kind::end;
       scanned = scanner.next()) {
    if (!parser.take(scanned)) return parser.result;
  }
  parser.finish();
  return parser.result;
}

}  // namespace conntrail::netstat
