// RouteTable: one table of netstat -r, between the kernel's files and the screen.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "names/names.h"
#include "options/options.h"
#include "output/console.h"
#include "proc/proc_lines.h"
#include "routes/ipv4_route.h"
#include "routes/route_record.h"

namespace conntrail::netstat {

// What the tables of one run share. Everything is borrowed.
struct RouteRun {
  const Options& options;
  Console& console;
  Names& names;
  RecordWriter& writer;  // used in records only
  RouteColumns columns = RouteColumns::mss;
  bool numeric = false;
  bool streaming = false;  // rows need no names: print them while they are read

  [[nodiscard]] bool records() const { return options.format != Format::text; }
};

// netstat's exit codes: 0, or the reason to end the run.
using RouteStatus = int;

// A piece of netstat's buffer, for a line of a file.
inline constexpr std::size_t kRouteLine = 1022;

// Life of a table in one round: collect, want_names, (all names are resolved,) print. In a streaming run
// everything is printed while it is collected.
class RouteTable {
 public:
  RouteTable() = default;
  RouteTable(const RouteTable&) = delete;
  RouteTable& operator=(const RouteTable&) = delete;
  virtual ~RouteTable() = default;

  [[nodiscard]] virtual RouteStatus collect(RouteRun& run) = 0;
  virtual void want_names(Names& /*names*/) {}
  virtual void print(RouteRun& run) = 0;

 protected:
  // Titles, headers and netstat's messages on stdout; records have none of them.
  void tell(RouteRun& run, std::string_view text) {
    if (run.records()) return;
    if (run.streaming) {
      run.console.text(text);
    } else {
      heading_ += text;
    }
  }
  // A message that netstat prints on stdout, where it must not disturb records.
  void complain(RouteRun& run, std::string_view text) {
    if (run.records()) {
      run.console.message(text);
    } else {
      tell(run, text);
    }
  }

  // Keeps a row until the names are there. False: it is to be shown at once.
  template <class Row>
  [[nodiscard]] static bool keep(const RouteRun& run, std::vector<Row>& rows, Row& row) {
    if (run.streaming) return false;
    rows.push_back(std::move(row));
    return true;
  }

  std::string heading_;  // not printed yet
};

// The tables that these options ask for, in netstat's order, and what to say at their end: families that have
// no routes.
struct RouteTables {
  std::vector<std::unique_ptr<RouteTable>> tables;
  std::string refusal;  // on stderr; then the run ends with kNoSuchTable
};
inline constexpr RouteStatus kNoSuchTable = 3;
[[nodiscard]] RouteTables make_route_tables(const Options& options);

// The single tables.
[[nodiscard]] std::unique_ptr<RouteTable> make_ipv4_routes();
[[nodiscard]] std::unique_ptr<RouteTable> make_ipv4_cache();
[[nodiscard]] std::unique_ptr<RouteTable> make_ipv6_routes();
[[nodiscard]] std::unique_ptr<RouteTable> make_ipv6_cache();
[[nodiscard]] std::unique_ptr<RouteTable> make_ax25_routes();
[[nodiscard]] std::unique_ptr<RouteTable> make_netrom_routes();
[[nodiscard]] std::unique_ptr<RouteTable> make_rose_routes();
[[nodiscard]] std::unique_ptr<RouteTable> make_ipx_routes();
[[nodiscard]] std::unique_ptr<RouteTable> make_x25_routes();
[[nodiscard]] std::unique_ptr<RouteTable> make_appletalk_routes();

}  // namespace conntrail::netstat
