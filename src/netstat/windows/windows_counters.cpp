#include <cerrno>

#include "sockets/table_file.h"
#include "statistics/statistics_file.h"
#include "statistics/statistics_lines.h"
#include "windows/windows_statistics.h"

namespace conntrail::netstat::windows {

void KernelCounters::add_groups(std::string_view text) {
  while (!text.empty()) {
    const std::string_view names = take_line(text);
    const auto group = parse_counter_group(names, take_line(text));
    if (!group || !group->same_section) return;
    for (const Counter& counter : group->counters) {
      if (!counter.given) continue;
      std::string key(group->section);
      key.append(".").append(counter.name);
      values_.emplace(std::move(key), counter.value);
    }
  }
}

void KernelCounters::add_lines6(std::string_view text) {
  while (!text.empty()) {
    const auto counter = parse_counter6_line(take_line(text));
    if (counter && counter->given) values_.emplace(counter->name, counter->value);
  }
}

bool KernelCounters::has_section(std::string_view prefix) const {
  const auto found = values_.lower_bound(prefix);
  return found != values_.end() && found->first.starts_with(prefix);
}

std::optional<std::uint64_t> KernelCounters::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

KernelCounters read_kernel_counters(Console& console) {
  KernelCounters counters;
  if (const auto file = read_counter_file("/proc/net/snmp")) {
    counters.add_groups(file->text);
    if (file->read_error != 0) tell_error(console, "/proc/net/snmp", file->read_error);
  } else {
    tell_error(console, "netstat: cannot open /proc/net/snmp", file.error());
  }
  if (const auto file = read_counter_file("/proc/net/snmp6")) {
    counters.add_lines6(file->text);
    if (file->read_error != 0) tell_error(console, "/proc/net/snmp6", file->read_error);
  } else if (file.error() != ENOENT) {
    tell_error(console, "netstat: cannot open /proc/net/snmp6", file.error());
  }
  return counters;
}

}  // namespace conntrail::netstat::windows
