// -r for AX.25, NET/ROM and ROSE.
#include "conntrail/base/text.h"
#include "output/translation.h"
#include "routes/radio_routes.h"
#include "routes/route_table.h"
#include "sockets/table_file.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kLongestLine = 255;

// Feeds every line behind the title to `take`, which answers false for a damaged one.
template <class Take>
void read_titled(RouteRun& run, ProcLines& lines, std::string_view warning, const Take& take) {
  std::string_view line;
  if (!lines.next(line)) return;
  while (lines.next(line)) {
    if (!take(line)) run.console.message(warning);
  }
}

// These rows have no names: they are text as soon as they are read.
class TextRoutes : public RouteTable {
 public:
  void print(RouteRun& run) override { run.console.text(heading_); }
};

class Ax25Routes final : public TextRoutes {
 public:
  RouteStatus collect(RouteRun& run) override {
    static constexpr const char* kPath = "/proc/net/ax25_route";
    heading_.clear();
    auto lines = ProcLines::open(kPath, kLongestLine);
    if (!lines) {
      tell_error(run.console, kPath, lines.error());
      complain(run, translated("AX.25 not configured in this system.\n"));
      return 1;
    }
    tell(run, translated("Kernel AX.25 routing table\n"));
    tell(run, translated("Destination  Iface    Use\n"));
    read_titled(run, *lines, "warning, got bogus ax25_route line.\n", [&](std::string_view line) {
      const auto route = parse_ax25_route(line);
      if (route) show(run, *route);
      return route.has_value();
    });
    return 0;
  }

 private:
  void show(RouteRun& run, const Ax25Route& route) {
    if (run.records()) {
      RouteRecord record;
      record.family = "ax25";
      record.destination = route.destination;
      record.interface = route.device;
      write_route(run.writer, record);
      return;
    }
    std::string row;
    append_ax25_route(row, route);
    tell(run, row);
  }
};

class NetromRoutes final : public TextRoutes {
 public:
  RouteStatus collect(RouteRun& run) override {
    static constexpr const char* kNodes = "/proc/net/nr_nodes";
    static constexpr const char* kNeighbours = "/proc/net/nr_neigh";
    heading_.clear();
    auto nodes = ProcLines::open(kNodes, kLongestLine);
    auto neighbour_lines = ProcLines::open(kNeighbours, kLongestLine);
    if (!nodes) tell_error(run.console, kNodes, nodes.error());
    if (!neighbour_lines) tell_error(run.console, kNeighbours, neighbour_lines.error());
    if (!nodes || !neighbour_lines) {
      complain(run, translated("NET/ROM not configured in this system.\n"));
      return 1;
    }
    tell(run, translated("Kernel NET/ROM routing table\n"));
    tell(run, translated("Destination  Mnemonic  Quality  Neighbour  Iface\n"));
    RadioNeighbours neighbours;
    read_titled(run, *neighbour_lines, "warning, got bogus nr_neigh line.\n",
                [&](std::string_view line) { return take_radio_neighbour(line, neighbours); });
    read_titled(run, *nodes, "warning, got bogus nr_nodes line.\n", [&](std::string_view line) {
      const auto node = parse_netrom_node(line);
      if (node) show(run, *node, neighbours);
      return node.has_value();
    });
    return 0;
  }

 private:
  void show(RouteRun& run, const NetromNode& node, const RadioNeighbours& neighbours) {
    if (run.records()) {
      RouteRecord record;
      record.family = "netrom";
      record.destination = node.callsign;
      if (node.mnemonic != "*") record.mnemonic = node.mnemonic;
      record.quality = node.quality;
      const RadioNeighbour* neighbour = node.quality ? find_neighbour(neighbours, node.neighbour) : nullptr;
      if (neighbour != nullptr) {
        record.gateway = neighbour->callsign;
        record.interface = neighbour->device;
      }
      write_route(run.writer, record);
      return;
    }
    std::string row;
    append_netrom_node(row, node, neighbours);
    tell(run, row);
  }
};

class RoseRoutes final : public TextRoutes {
 public:
  RouteStatus collect(RouteRun& run) override {
    static constexpr const char* kNodes = "/proc/net/rose_nodes";
    static constexpr const char* kNeighbours = "/proc/net/rose_neigh";
    heading_.clear();
    auto neighbour_lines = ProcLines::open(kNeighbours, kLongestLine);
    auto nodes = ProcLines::open(kNodes, kLongestLine);
    if (!nodes || !neighbour_lines) {
      nodes ? tell_error(run.console, kNeighbours, neighbour_lines.error())
            : tell_error(run.console, kNodes, nodes.error());
      run.console.message(translated("ROSE not configured in this system.\n"));
      return 1;
    }
    tell(run, translated("Kernel ROSE routing table\n"));
    tell(run,
         translated(
             "Destination  neigh1 callsign  device  neigh2 callsign  device  neigh3 callsign  device\n"));
    RadioNeighbours neighbours;
    read_titled(run, *neighbour_lines, "warning, got bogus rose_neigh line.\n",
                [&](std::string_view line) { return take_radio_neighbour(line, neighbours); });
    read_titled(run, *nodes, "warning, got bogus rose_nodes line.\n", [&](std::string_view line) {
      const auto node = parse_rose_node(line);
      if (node) show(run, *node, neighbours);
      return node.has_value();
    });
    return 0;
  }

 private:
  void show(RouteRun& run, const RoseNode& node, const RadioNeighbours& neighbours) {
    if (run.records()) {
      write_records(run, node, neighbours);
      return;
    }
    std::string row;
    append_rose_node(row, node, neighbours);
    tell(run, row);
  }

  // One record for each way to the node.
  static void write_records(RouteRun& run, const RoseNode& node, const RadioNeighbours& neighbours) {
    for (const std::string& number : node.neighbours) {
      RouteRecord record;
      record.family = "rose";
      record.destination = node.address;
      record.prefix_length = node.digits;
      const auto value = parse_number<std::int32_t>(number);
      const RadioNeighbour* neighbour = value ? find_neighbour(neighbours, *value) : nullptr;
      if (neighbour != nullptr) {
        record.gateway = neighbour->callsign;
        record.interface = neighbour->device;
      }
      write_route(run.writer, record);
    }
  }
};

}  // namespace

std::unique_ptr<RouteTable> make_ax25_routes() { return std::make_unique<Ax25Routes>(); }
std::unique_ptr<RouteTable> make_netrom_routes() { return std::make_unique<NetromRoutes>(); }
std::unique_ptr<RouteTable> make_rose_routes() { return std::make_unique<RoseRoutes>(); }

}  // namespace conntrail::netstat
