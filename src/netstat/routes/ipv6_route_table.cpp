// -6r and -6rC: /proc/net/ipv6_route, and /proc/net/ndisc where a kernel has it.
#include "output/translation.h"
#include "routes/ipv6_route.h"
#include "routes/neighbour_line.h"
#include "routes/route_flags.h"
#include "routes/route_table.h"
#include "sockets/table_file.h"

namespace conntrail::netstat {

namespace {

constexpr const char* kIpv6RoutePath = "/proc/net/ipv6_route";
constexpr const char* kNeighbourPath = "/proc/net/ndisc";

class Ipv6Routes final : public RouteTable {
 public:
  explicit Ipv6Routes(bool cache) : cache_(cache) {}

  RouteStatus collect(RouteRun& run) override {
    rows_.clear();
    neighbours_.clear();
    heading_.clear();
    return cache_ && collect_neighbours(run) ? 0 : collect_routes(run);
  }

  void want_names(Names& names) override {
    for (const Ipv6Route& route : rows_) want_ipv6_route_names(route, names);
    for (const Neighbour& neighbour : neighbours_) names.want_host(neighbour.address);
  }

  void print(RouteRun& run) override {
    run.console.text(heading_);
    for (const Ipv6Route& route : rows_) show(run, route);
    for (const Neighbour& neighbour : neighbours_) show(run, neighbour);
  }

 private:
  // False: there is no such file.
  bool collect_neighbours(RouteRun& run) {
    auto lines = ProcLines::open(kNeighbourPath, kRouteLine);
    if (!lines) return false;
    tell(run, translated("Kernel IPv6 Neighbour Cache\n"));
    tell(run, neighbour_header(run.options.extend != 0));
    std::string_view line;
    while (lines->next(line)) {
      if (auto neighbour = parse_neighbour(line); !neighbour) {
        run.console.message("warning, got bogus ndisc line.\n");
      } else {
        if (!keep(run, neighbours_, *neighbour)) show(run, *neighbour);
      }
    }
    return true;
  }

  RouteStatus collect_routes(RouteRun& run) {
    auto lines = ProcLines::open(kIpv6RoutePath, kRouteLine);
    if (!lines) {
      tell_error(run.console, kIpv6RoutePath, lines.error());
      complain(run, translated("INET6 (IPv6) not configured in this system.\n"));
      return 1;
    }
    tell(run, cache_ ? translated("Kernel IPv6 routing cache\n") : translated("Kernel IPv6 routing table\n"));
    tell(run, translated("Destination                    Next Hop                   Flag Met Ref  Use If\n"));
    std::string_view line;
    while (lines->next(line)) {
      auto route = parse_ipv6_route(line);
      if (!route) {
        run.console.message("warning, got bogus ipv6_route line.\n");
      } else if (((route->flags & route_flag::kCache) != 0) == cache_) {
        if (!keep(run, rows_, *route)) show(run, *route);
      }
    }
    return 0;
  }

  void show(RouteRun& run, const Ipv6Route& route) {
    if (run.records()) {
      write_route(run.writer, ipv6_route_record(route, cache_ ? "cache" : "main"));
      return;
    }
    row_.clear();
    append_ipv6_route(row_, route, run.numeric, run.names);
    run.console.text(row_);
  }

  void show(RouteRun& run, const Neighbour& neighbour) {
    if (run.records()) {
      write_neighbour(run.writer, neighbour);
      return;
    }
    row_.clear();
    append_neighbour(row_, neighbour, run.options.extend != 0, run.numeric, run.names);
    run.console.text(row_);
  }

  bool cache_;
  std::vector<Ipv6Route> rows_;
  std::vector<Neighbour> neighbours_;
  std::string row_;
};

}  // namespace

std::unique_ptr<RouteTable> make_ipv6_routes() { return std::make_unique<Ipv6Routes>(false); }
std::unique_ptr<RouteTable> make_ipv6_cache() { return std::make_unique<Ipv6Routes>(true); }

}  // namespace conntrail::netstat
