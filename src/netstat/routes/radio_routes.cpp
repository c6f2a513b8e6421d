#include "routes/radio_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "conntrail/base/text.h"
#include "proc/line_scanner.h"

namespace conntrail::netstat {

namespace {

std::optional<std::int32_t> number_of(std::string_view word) { return parse_number<std::int32_t>(word); }

}  // namespace

// "DL1ABC-12 ax0     dg DB0XYZ-1": in place of the mode, old kernels had a counter.
std::optional<Ax25Route> parse_ax25_route(std::string_view line) {
  const auto words = split_words(without_newline(line));
  if (words.size() < 2) return std::nullopt;
  Ax25Route route{printable(words[0]), printable(words[1])};
  if (words.size() > 2) {
    LineScanner scanner(words[2]);
    std::int32_t uses = 0;
    if (scanner.decimal(uses)) route.uses = uses;
  }
  return route;
}

// "00002 DB0BBB-12 ax1    10    1     2      0 DIGI-1"
bool take_radio_neighbour(std::string_view line, RadioNeighbours& neighbours) {
  const auto words = split_words(without_newline(line));
  if (words.size() < 3) return false;
  const auto number = number_of(words[0]);
  if (!number) return false;
  neighbours.try_emplace(*number, RadioNeighbour{printable(words[1]), printable(words[2])});
  return true;
}

// "DL1ABC-1  MNEMO    1 2  192   6 00001  150   5 00002": the mnemonic may have blanks.
std::optional<NetromNode> parse_netrom_node(std::string_view line) {
  static constexpr std::size_t kCallsign = 9;
  static constexpr std::size_t kMnemonic = 10;
  static constexpr std::size_t kRest = 17;
  static constexpr std::size_t kPerRoute = 3;  // quality, obsolescence, neighbour
  line = without_newline(line);
  if (line.size() <= kRest) return std::nullopt;
  NetromNode node{printable(trim(line.substr(0, kCallsign))),
                  printable(trim(line.substr(kMnemonic, kRest - kMnemonic))), std::nullopt};
  const auto words = split_words(line.substr(kRest));
  if (words.size() < 2 || node.callsign.empty()) return std::nullopt;
  const auto chosen = number_of(words[0]);
  if (!chosen || *chosen < 1) return std::nullopt;
  const std::size_t at = 2 + kPerRoute * (static_cast<std::size_t>(*chosen) - 1);
  if (at + kPerRoute > words.size()) return node;
  const auto quality = number_of(words[at]);
  const auto neighbour = number_of(words[at + 2]);
  if (!quality || !neighbour) return std::nullopt;
  node.quality = quality;
  node.neighbour = *neighbour;
  return node;
}

// "2080175524 0010 2 00001 00002", "2080175520 0010 1 loopback"
std::optional<RoseNode> parse_rose_node(std::string_view line) {
  const auto words = split_words(without_newline(line));
  if (words.size() < 3) return std::nullopt;
  const auto digits = number_of(words[1]);
  const auto count = number_of(words[2]);
  if (!digits || !count || *count < 0) return std::nullopt;
  RoseNode node{printable(words[0]), *digits, {}};
  const std::size_t end = std::min(words.size(), 3 + static_cast<std::size_t>(*count));
  for (std::size_t i = 3; i < end; ++i) node.neighbours.push_back(printable(words[i]));
  return node;
}

const RadioNeighbour* find_neighbour(const RadioNeighbours& neighbours, std::int32_t number) {
  const auto found = neighbours.find(number);
  return found == neighbours.end() ? nullptr : &found->second;
}

void append_ax25_route(std::string& out, const Ax25Route& route) {
  fmt::format_to(std::back_inserter(out), "{:<9}    {:<5}  {:>5}\n", route.destination, route.device,
                 route.uses);
}

void append_netrom_node(std::string& out, const NetromNode& node, const RadioNeighbours& neighbours) {
  const RadioNeighbour* neighbour = node.quality ? find_neighbour(neighbours, node.neighbour) : nullptr;
  fmt::format_to(std::back_inserter(out), "{:<9}    {:<7}   {:>3}      {:<9}  {:<4}\n", node.callsign,
                 node.mnemonic, node.quality.value_or(0), neighbour == nullptr ? "*" : neighbour->callsign,
                 neighbour == nullptr ? "*" : neighbour->device);
}

void append_rose_node(std::string& out, const RoseNode& node, const RadioNeighbours& neighbours) {
  static constexpr std::size_t kDeviceWidth = 5;
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "{:<10}   ", node.address);
  for (const std::string& number : node.neighbours) {
    fmt::format_to(to, "{:<5}  ", number);
    const auto value = number_of(number);
    const RadioNeighbour* neighbour = value ? find_neighbour(neighbours, *value) : nullptr;
    if (neighbour == nullptr) continue;
    fmt::format_to(to, "{:<10}   {:<{}}", neighbour->callsign, neighbour->device,
                   std::max(kDeviceWidth, neighbour->device.size() + 1));
  }
  out += '\n';
}

}  // namespace conntrail::netstat
