// Routes of AX.25, NET/ROM and ROSE: lines of their files into values. They are read field by field, so that
// long device names stay whole. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace conntrail::netstat {

struct Ax25Route {
  std::string destination;
  std::string device;
  std::int32_t uses = 0;
};
[[nodiscard]] std::optional<Ax25Route> parse_ax25_route(std::string_view line);

// A neighbour of NET/ROM or ROSE, by the number that nodes name it with.
struct RadioNeighbour {
  std::string callsign;
  std::string device;
};
using RadioNeighbours = std::map<std::int32_t, RadioNeighbour>;
// Takes a line of nr_neigh or rose_neigh. False: it is damaged.
[[nodiscard]] bool take_radio_neighbour(std::string_view line, RadioNeighbours& neighbours);

struct NetromNode {
  std::string callsign;
  std::string mnemonic;
  // The route in use; empty when the node has none.
  std::optional<std::int32_t> quality;
  std::int32_t neighbour = 0;
};
[[nodiscard]] std::optional<NetromNode> parse_netrom_node(std::string_view line);

struct RoseNode {
  std::string address;
  std::int32_t digits = 0;              // how many of the address count
  std::vector<std::string> neighbours;  // numbers as they stand there, or "loopback"
};
[[nodiscard]] std::optional<RoseNode> parse_rose_node(std::string_view line);

// Rows as netstat lays them out. A neighbour that is not in its file is "*".
void append_ax25_route(std::string& out, const Ax25Route& route);
void append_netrom_node(std::string& out, const NetromNode& node, const RadioNeighbours& neighbours);
void append_rose_node(std::string& out, const RoseNode& node, const RadioNeighbours& neighbours);

// The neighbour of that number; null when there is none.
[[nodiscard]] const RadioNeighbour* find_neighbour(const RadioNeighbours& neighbours, std::int32_t number);

}  // namespace conntrail::netstat
