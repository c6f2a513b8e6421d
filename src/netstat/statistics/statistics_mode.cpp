#include "statistics/statistics_mode.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "output/translation.h"
#include "run/rounds.h"
#include "sockets/table_file.h"
#include "statistics/statistics_file.h"
#include "statistics/statistics_labels.h"
#include "statistics/statistics_lines.h"
#include "statistics/statistics_sink.h"

namespace conntrail::netstat {

namespace {

// Lines of counters that stand alone are read into this much; a longer one counts as several.
constexpr std::size_t kLongestLine = 1023;

// Reads the kernel's files and passes on what the options ask for.
class Reader {
 public:
  Reader(const Options& options, Console& console, CounterSink& sink)
      : options_(options), console_(console), sink_(sink) {}

  void read_inet() {
    if (!read_groups("/proc/net/snmp", Absence::told, {})) return;
    static_cast<void>(read_groups("/proc/net/netstat", Absence::excused, {}));
    if (options_.sctp) read_sctp();
  }

  void read_inet6() {
    if (!read_lines6()) return;
    // The kernel counts TCP for both families together.
    static_cast<void>(read_groups("/proc/net/snmp", Absence::told, "Tcp"));
  }

 private:
  enum class Absence : std::uint8_t { told, excused };

  [[nodiscard]] bool wanted(const CounterSection* section) const {
    if (section == nullptr) return true;
    switch (section->protocol) {
      case CounterProtocol::raw:
        return options_.raw;
      case CounterProtocol::tcp:
        return options_.tcp;
      case CounterProtocol::udp:
        return options_.udp;
      case CounterProtocol::sctp:
        return options_.sctp;
    }
    return true;
  }

  // False: its counters are not asked for.
  bool begin_section(std::string_view title, const CounterSection* section) {
    const bool shown = wanted(section);
    if (shown) {
      sink_.begin_section(title, section);
    } else {
      sink_.skip_section();
    }
    return shown;
  }

  // Groups of two lines. `prefix`: only sections that begin so; a damaged group then ends the file without a
  // word. False: the file could not be opened.
  bool read_groups(const char* path, Absence absence, std::string_view prefix) {
    const auto file = read_counter_file(path);
    if (!file) {
      if (absence == Absence::told)
        tell_error(console_, translated("cannot open /proc/net/snmp"), file.error());
      return false;
    }
    std::string_view rest = file->text;
    while (!rest.empty()) {
      const std::string_view names = take_line(rest);
      if (names == "\n") continue;
      if (rest.empty()) break;
      const auto group = parse_counter_group(names, take_line(rest));
      if (!group || !sink_.accepts(*group)) {
        if (prefix.empty() || group) tell_damaged(path);
        return true;
      }
      if (group->section.starts_with(prefix)) show(*group);
    }
    tell_read_error(path, *file);
    return true;
  }

  void show(const CounterGroup& group) {
    const CounterSection* section = find_counter_section(CounterFamily::inet, group.section);
    if (!begin_section(group.section, section)) return;
    for (const Counter& counter : group.counters) sink_.add(counter);
  }

  bool read_lines6() {
    static constexpr const char* kPath = "/proc/net/snmp6";
    const auto file = read_counter_file(kPath);
    if (!file) {
      tell_error(console_, translated("cannot open /proc/net/snmp6"), file.error());
      return false;
    }
    std::optional<std::string_view> title;
    bool shown = false;
    std::string_view rest = file->text;
    while (!rest.empty()) {
      const auto counter = parse_counter6_line(take_line(rest, kLongestLine));
      if (!counter) continue;
      // A counter belongs to the section before it when its name has that section's in it.
      if (!title || !counter->name.contains(*title)) {
        title = counter6_section(counter->name);
        const CounterSection* section = find_counter_section(CounterFamily::inet6, *title);
        shown = begin_section(*title, section);
      }
      if (shown) sink_.add(*counter);
    }
    tell_read_error(kPath, *file);
    return true;
  }

  void read_sctp() {
    static constexpr const char* kPath = "/proc/net/sctp/snmp";
    const auto file = read_counter_file(kPath);
    if (!file) return;
    sink_.begin_section("Sctp", find_counter_section(CounterFamily::inet, "Sctp"));
    std::string_view rest = file->text;
    while (!rest.empty()) {
      if (const auto counter = parse_sctp_counter_line(take_line(rest, kLongestLine))) sink_.add(*counter);
    }
    tell_read_error(kPath, *file);
  }

  void tell_read_error(std::string_view path, const CounterFile& file) {
    if (file.read_error != 0) tell_error(console_, path, file.read_error);
  }

  void tell_damaged(std::string_view path) {
    console_.message(path == "/proc/net/snmp" ? translated("Problem while parsing /proc/net/snmp\n")
                                              : translated("Problem while parsing /proc/net/netstat\n"));
  }

  const Options& options_;
  Console& console_;
  CounterSink& sink_;
};

// On stdout, as netstat does it.
int refuse_families(std::string_view families, Console& console) {
  console.text(translated("netstat: No statistics support for specified address family: %s\n", {families}));
  return 1;
}

}  // namespace

int run_statistics_mode(const Options& options, Console& console) {
  const std::string& families = options.families.names;
  if (!families.empty() && families != "inet" && families != "inet6") {
    return refuse_families(families, console);
  }
  // netstat takes no notice of -c here; SECONDS and --count are ours.
  Options repeating = options;
  repeating.continuous = options.continuous && (options.interval_given || options.rounds != 0);
  std::unique_ptr<CounterSink> sink;
  return run_rounds(repeating, console, [&] {
    // A text begins anew each time; records go on under the same titles.
    if (!sink || options.format == Format::text) sink = make_counter_sink(options.format, console);
    Reader reader(options, console, *sink);
    if (families == "inet6") {
      reader.read_inet6();
    } else {
      reader.read_inet();
    }
    return 0;
  });
}

}  // namespace conntrail::netstat
