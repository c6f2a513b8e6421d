#include "routes/route_mode.h"

#include <array>

#include "conntrail/base/text.h"
#include "names/system_names.h"
#include "output/translation.h"
#include "routes/route_table.h"
#include "run/rounds.h"

namespace conntrail::netstat {

namespace {

using MakeTable = std::unique_ptr<RouteTable> (*)();

struct RoutedFamily {
  std::string_view name;  // as Families::names has it
  MakeTable routes;
  MakeTable cache;  // null: the family has none, and -C changes nothing
};
constexpr std::array kRoutedFamilies{
    RoutedFamily{"inet", make_ipv4_routes, make_ipv4_cache},
    RoutedFamily{"inet6", make_ipv6_routes, make_ipv6_cache},
    RoutedFamily{"ax25", make_ax25_routes, nullptr},
    RoutedFamily{"netrom", make_netrom_routes, nullptr},
    RoutedFamily{"rose", make_rose_routes, nullptr},
    RoutedFamily{"ipx", make_ipx_routes, nullptr},
    RoutedFamily{"x25", make_x25_routes, nullptr},
    RoutedFamily{"ddp", make_appletalk_routes, nullptr},
};

const RoutedFamily* find_family(std::string_view name) {
  for (const RoutedFamily& family : kRoutedFamilies) {
    if (family.name == name) return &family;
  }
  return nullptr;
}

std::string refusal_of(std::string_view family) {
  // netstat was built without Bluetooth, so it does not know that family at all.
  return family == "bluetooth" ? translated("Address family `%s' not supported.\n", {family})
                               : translated("No routing for address family `%s'.\n", {family});
}

// Collects the tables one after the other, up to the first that fails; how many are to be printed.
RouteStatus collect_round(RouteRun& run, RouteTables& wanted, std::size_t& collected) {
  collected = 0;
  for (const auto& table : wanted.tables) {
    ++collected;
    if (const RouteStatus status = table->collect(run); status != 0) return status;
  }
  return 0;
}

RouteStatus run_round(RouteRun& run, RouteTables& wanted) {
  std::size_t collected = 0;
  const RouteStatus status = collect_round(run, wanted, collected);
  if (!run.streaming) {
    for (std::size_t i = 0; i < collected; ++i) wanted.tables[i]->want_names(run.names);
    run.names.resolve();
    for (std::size_t i = 0; i < collected; ++i) wanted.tables[i]->print(run);
  }
  if (status != 0 || wanted.refusal.empty()) return status;
  run.console.message(wanted.refusal);
  return kNoSuchTable;
}

}  // namespace

RouteTables make_route_tables(const Options& options) {
  RouteTables wanted;
  const std::string names = options.families.names.empty() ? "inet" : options.families.names;
  for (const std::string_view name : split(names, ',')) {
    const RoutedFamily* family = find_family(name);
    if (family == nullptr) {
      wanted.refusal = refusal_of(name);
      return wanted;
    }
    const bool has_cache = family->cache != nullptr;
    if (!has_cache || options.fib || !options.cache) wanted.tables.push_back(family->routes());
    if (has_cache && options.cache) wanted.tables.push_back(family->cache());
  }
  return wanted;
}

int run_route_mode(const Options& options, Console& console) {
  SystemNames names;
  RecordWriter writer(options.format, console);
  RouteRun run{options, console, names, writer};
  run.columns = route_columns(options.extend);
  run.numeric = options.numeric_hosts || options.symbolic;
  run.streaming = run.numeric || run.records();
  RouteTables wanted = make_route_tables(options);
  return run_rounds(options, console, [&] { return run_round(run, wanted); });
}

}  // namespace conntrail::netstat
