// -r and -rC for IPv4: /proc/net/route and /proc/net/rt_cache.
#include <fmt/format.h>

#include <cerrno>

#include "output/translation.h"
#include "routes/ipv4_cache.h"
#include "routes/ipv4_route.h"
#include "routes/route_table.h"
#include "sockets/table_file.h"

namespace conntrail::netstat {

namespace {

constexpr const char* kIpv4RoutePath = "/proc/net/route";
constexpr const char* kCachePath = "/proc/net/rt_cache";
constexpr RouteStatus kUnreadable = 255;

std::string missing_field(const char* path, std::string_view title) {
  return translated("warning: %s does not contain required field %s\n", {path, title});
}

class Ipv4Routes final : public RouteTable {
 public:
  RouteStatus collect(RouteRun& run) override {
    rows_.clear();
    heading_.clear();
    auto lines = ProcLines::open(kIpv4RoutePath, kRouteLine);
    if (!lines) {
      tell_error(run.console, kIpv4RoutePath, lines.error());
      complain(run, translated("INET (IPv4) not configured in this system.\n"));
      return 1;
    }
    tell(run, translated("Kernel IP routing table\n"));
    tell(run, ipv4_route_header(run.columns));
    std::string_view line;
    if (!lines->next(line)) return 1;
    const auto table = TitledTable::from_title_line(line, route_fields());
    if (!table) {
      run.console.message(missing_field(kIpv4RoutePath, table.error()));
      return 1;
    }
    while (lines->next(line)) {
      Ipv4Route route;
      const RouteLine judgement = parse_ipv4_route(line, *table, route);
      if (judgement == RouteLine::bogus) run.console.message("warning, got bogus route line.\n");
      if (judgement != RouteLine::route) continue;
      if (!keep(run, rows_, route)) show(run, route);
    }
    return 0;
  }

  void want_names(Names& names) override {
    for (const Ipv4Route& route : rows_) want_ipv4_route_names(route, names);
  }

  void print(RouteRun& run) override {
    run.console.text(heading_);
    for (const Ipv4Route& route : rows_) show(run, route);
  }

 private:
  void show(RouteRun& run, const Ipv4Route& route) {
    if (run.records()) {
      write_route(run.writer, ipv4_route_record(route));
      return;
    }
    row_.clear();
    append_ipv4_route(row_, route, run.columns, run.numeric, run.names);
    run.console.text(row_);
  }

  std::vector<Ipv4Route> rows_;
  std::string row_;
};

class Ipv4Cache final : public RouteTable {
 public:
  RouteStatus collect(RouteRun& run) override {
    rows_.clear();
    heading_.clear();
    auto lines = ProcLines::open(kCachePath, kRouteLine);
    if (!lines) {
      tell_error(run.console, kCachePath, lines.error());
      complain(run, translated("INET (IPv4) not configured in this system.\n"));
      return 1;
    }
    tell(run, translated("Kernel IP routing cache\n"));
    std::string_view line;
    if (!lines->next(line)) {
      tell_error(run.console, kCachePath, ENOENT);  // an empty file is none
      return kUnreadable;
    }
    const CacheTitle title = judge_cache_title(line);
    layout_ = title.layout;
    if (!title.expected) complain(run, unknown_title(title.columns_seen));
    tell(run, ipv4_cache_header(layout_, run.columns));
    if (layout_ == CacheLayout::other) return 0;
    const auto table = TitledTable::from_title_line(line, cache_fields(layout_));
    if (!table) {
      run.console.message(missing_field(kCachePath, table.error()));
      return 0;
    }
    while (lines->next(line)) {
      Ipv4CacheRoute route;
      const RouteLine judgement = parse_ipv4_cache_route(line, *table, layout_, route);
      if (judgement == RouteLine::bogus) run.console.message("warning, got bogus rt_cache line.\n");
      if (judgement != RouteLine::route) continue;
      if (!keep(run, rows_, route)) show(run, route);
    }
    return 0;
  }

  void want_names(Names& names) override {
    for (const Ipv4CacheRoute& route : rows_) want_ipv4_cache_names(route, names);
  }

  void print(RouteRun& run) override {
    run.console.text(heading_);
    for (const Ipv4CacheRoute& route : rows_) show(run, route);
  }

 private:
  static std::string unknown_title(int columns_seen) {
    return fmt::format("ERROR: proc_guess_fmt({},... returned: {}\n", kCachePath, columns_seen);
  }

  void show(RouteRun& run, const Ipv4CacheRoute& route) {
    if (run.records()) {
      write_route(run.writer, ipv4_cache_record(route, layout_));
      return;
    }
    row_.clear();
    append_ipv4_cache_route(row_, route, layout_, run.columns, run.numeric, run.names);
    run.console.text(row_);
  }

  CacheLayout layout_ = CacheLayout::other;
  std::vector<Ipv4CacheRoute> rows_;
  std::string row_;
};

}  // namespace

std::unique_ptr<RouteTable> make_ipv4_routes() { return std::make_unique<Ipv4Routes>(); }
std::unique_ptr<RouteTable> make_ipv4_cache() { return std::make_unique<Ipv4Cache>(); }

}  // namespace conntrail::netstat
