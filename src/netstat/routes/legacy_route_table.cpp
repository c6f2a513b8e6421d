// -r for X.25, IPX and AppleTalk.
#include <cerrno>
#include <expected>
#include <system_error>
#include <utility>

#include "output/translation.h"
#include "routes/legacy_routes.h"
#include "routes/route_flags.h"
#include "routes/route_table.h"
#include "sockets/table_file.h"

namespace conntrail::netstat {

namespace {

// Some files have changed their names over the years.
std::expected<ProcLines, int> open_either(const char* path, const char* other) {
  auto lines = ProcLines::open(path);
  if (lines) return lines;
  return ProcLines::open(other);
}

class LegacyRoutes : public RouteTable {
 public:
  void print(RouteRun& run) override { run.console.text(heading_); }

 protected:
  // `parse` a line behind the title, then `append` it as text or make a `record` of it.
  template <class Parse, class Append, class Record>
  void show_rows(RouteRun& run, ProcLines& lines, std::string_view warning, const Parse& parse,
                 const Append& append, const Record& record) {
    std::string_view line;
    if (!lines.next(line)) return;
    std::string row;
    while (lines.next(line)) {
      const auto route = parse(line);
      if (!route) {
        if (!warning.empty()) run.console.message(warning);
      } else if (run.records()) {
        write_route(run.writer, record(*route));
      } else {
        row.clear();
        append(row, *route);
        tell(run, row);
      }
    }
  }
};

class X25Routes final : public LegacyRoutes {
 public:
  RouteStatus collect(RouteRun& run) override {
    heading_.clear();
    auto lines = open_either("/proc/net/x25/route", "/proc/net/x25_routes");
    if (!lines) {
      complain(run, translated("X.25 not configured in this system.\n"));
      return 1;
    }
    tell(run, translated("Kernel X.25 routing table\n"));
    tell(run, translated("Destination          Iface\n"));
    show_rows(run, *lines, "warning, got bogus x25 route line.\n", parse_x25_route, append_x25_route,
              [](const X25Route& route) {
                RouteRecord record;
                record.family = "x25";
                record.destination = route.digits == 0 ? "*" : route.address;
                record.prefix_length = route.digits;
                record.interface = route.device;
                return record;
              });
    return 0;
  }
};

class IpxRoutes final : public LegacyRoutes {
 public:
  RouteStatus collect(RouteRun& run) override {
    heading_.clear();
    auto lines = open_either("/proc/net/ipx/route", "/proc/net/ipx_route");
    if (!lines) {
      run.console.message(std::generic_category().message(lines.error()) + "\n");
      complain(run, translated("IPX routing not in file %s or %s found.\n",
                               {"/proc/net/ipx/route", "/proc/net/ipx_route"}));
      return 1;
    }
    tell(run, translated("Kernel IPX routing table\n"));
    tell(run, translated("Destination               Router Net                Router Node\n"));
    // netstat has no word for a short line here.
    show_rows(run, *lines, {}, parse_ipx_route, append_ipx_route, [](const IpxRoute& route) {
      RouteRecord record;
      record.family = "ipx";
      record.destination = route.network.empty() ? "*" : route.network;
      record.gateway = route.router_network;
      record.gateway_node = route.router_node;
      return record;
    });
    return 0;
  }
};

class AppletalkRoutes final : public LegacyRoutes {
 public:
  RouteStatus collect(RouteRun& run) override {
    heading_.clear();
    auto lines = ProcLines::open("/proc/net/atalk_route");
    if (!lines) {
      tell_error(run.console, "Error opening /proc/net/atalk_route", lines.error());
      run.console.message(translated("DDP (AppleTalk) not configured on this system.\n"));
      return 1;
    }
    tell(run, translated("Destination     Gateway         Device          Flags\n"));
    show_rows(run, *lines, "warning, got bogus atalk_route line.\n", parse_appletalk_route,
              append_appletalk_route, [](const AppletalkRoute& route) {
                RouteRecord record;
                record.family = "ddp";
                record.destination = route.target;
                record.gateway = route.router;
                record.interface = route.device;
                record.flags = route_flag_names(route.flags);
                return record;
              });
    return 0;
  }
};

}  // namespace

std::unique_ptr<RouteTable> make_x25_routes() { return std::make_unique<X25Routes>(); }
std::unique_ptr<RouteTable> make_ipx_routes() { return std::make_unique<IpxRoutes>(); }
std::unique_ptr<RouteTable> make_appletalk_routes() { return std::make_unique<AppletalkRoutes>(); }

}  // namespace conntrail::netstat
