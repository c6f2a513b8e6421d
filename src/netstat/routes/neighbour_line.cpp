#include "routes/neighbour_line.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "conntrail/base/text.h"
#include "names/address_text.h"
#include "output/translation.h"
#include "proc/line_scanner.h"
#include "routes/ipv6_route.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kDeviceColumn = 8;
constexpr std::uint32_t kTicksPerSecond = 100;
constexpr std::uint32_t kReachable = 0x02;

struct State {
  std::uint32_t value;
  std::string_view name;
};
constexpr std::array kStates{
    State{0x00, "NONE"},   State{0x01, "INCOMPLETE"}, State{kReachable, "REACHABLE"},
    State{0x04, "STALE"},  State{0x08, "DELAY"},      State{0x10, "PROBE"},
    State{0x20, "FAILED"}, State{0x40, "NOARP"},      State{0x80, "PERM"},
};

std::string state_text(std::uint32_t state) {
  for (const State& known : kStates) {
    if (known.value == state) return std::string(known.name);
  }
  return fmt::format("UNKNOWN({:02x})", state);
}

struct NeighbourFlag {
  std::uint32_t bit;
  char letter;
  std::string_view name;
};
constexpr std::array kFlags{NeighbourFlag{0x80, 'R', "router"}, NeighbourFlag{0x04, 'x', "net"},
                            NeighbourFlag{0x02, 'h', "host"}, NeighbourFlag{0x08, 'P', "proxy"}};

std::uint32_t seconds_until(std::uint32_t ticks, std::uint32_t now) {
  return ticks > now ? (ticks - now) / kTicksPerSecond : 0;
}

}  // namespace

std::uint32_t Neighbour::stale_after_seconds() const {
  return state == kReachable ? seconds_until(reachable_until_ticks, now_ticks) : 0;
}

std::uint32_t Neighbour::deleted_after_seconds() const { return seconds_until(deleted_at_ticks, now_ticks); }

// "fd00…01 02 40 06 02 00000009 00000100 00000800 0070 0000 0081     eth0 0011223344aa"
std::optional<Neighbour> parse_neighbour(std::string_view line) {
  LineScanner scanner(line);
  Neighbour neighbour;
  std::uint32_t unused = 0;  // location, type, expiry
  std::string_view device;
  const bool good = scan_ipv6_address(scanner, neighbour.address) && scanner.hex(unused, 2) &&
                    scanner.hex(neighbour.prefix_length, 2) && scanner.hex(unused, 2) &&
                    scanner.hex(neighbour.state, 2) && scanner.hex(unused, 8) &&
                    scanner.hex(neighbour.now_ticks, 8) && scanner.hex(neighbour.reachable_until_ticks, 8) &&
                    scanner.hex(neighbour.deleted_at_ticks, 4) && scanner.hex(neighbour.references, 4) &&
                    scanner.hex(neighbour.flags, 4) && scanner.word(device, kDeviceColumn);
  if (!good) return std::nullopt;
  static constexpr int kPairs = 6;
  for (int i = 0; i < kPairs; ++i) {
    std::string_view pair;
    if (!scanner.word(pair, 2)) return std::nullopt;
    if (i != 0) neighbour.hardware_address += ':';
    neighbour.hardware_address += pair;
  }
  neighbour.device = device;
  return neighbour;
}

std::string_view neighbour_header(bool extended) {
  return extended ? translated(
                        "Neighbour                                   HW Address        Iface    Flags Ref "
                        "State     "
                        "       Stale(sec) Delete(sec)\n")
                  : translated(
                        "Neighbour                                   HW Address        Iface    Flags Ref "
                        "State\n");
}

void append_neighbour(std::string& out, const Neighbour& neighbour, bool extended, bool numeric,
                      Names& names) {
  AddressScratch scratch;
  std::string address(host_text(neighbour.address, numeric, names, scratch));
  address += '/' + std::to_string(neighbour.prefix_length);
  std::string letters;
  for (const NeighbourFlag& flag : kFlags) {
    if ((neighbour.flags & flag.bit) != 0) letters += flag.letter;
  }
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "{:<43} {:<17} {:<8} {:<5} {:<3} {:<16}", address, printable(neighbour.hardware_address),
                 printable(neighbour.device), letters, neighbour.references, state_text(neighbour.state));
  if (extended) {
    fmt::format_to(to, " {:<9} ", neighbour.stale_after_seconds());
    if (neighbour.references != 0) {
      out += " * ";
    } else {
      fmt::format_to(to, " {:<7} ", neighbour.deleted_after_seconds());
    }
  }
  out += '\n';
}

void write_neighbour(RecordWriter& writer, const Neighbour& neighbour) {
  writer.begin("neighbour");
  writer.text("family", "inet6");
  writer.text("address", numeric_text(neighbour.address));
  writer.unsigned_number("prefix_length", neighbour.prefix_length);
  writer.text("hardware_address", neighbour.hardware_address);
  writer.text("interface", neighbour.device);
  writer.begin_list("flags");
  for (const NeighbourFlag& flag : kFlags) {
    if ((neighbour.flags & flag.bit) != 0) writer.list_text(flag.name);
  }
  writer.end_list();
  writer.unsigned_number("references", neighbour.references);
  writer.text("state", state_text(neighbour.state));
  writer.unsigned_number("stale_after_s", neighbour.stale_after_seconds());
  writer.unsigned_number("deleted_after_s", neighbour.deleted_after_seconds());
  writer.end();
}

}  // namespace conntrail::netstat
