#include "interfaces/interface_format.h"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <utility>

#include "conntrail/base/text.h"
#include "names/address_text.h"
#include "output/translation.h"

namespace conntrail::netstat {

namespace {

constexpr std::uint16_t kPortSelect = IFF_PORTSEL;
constexpr std::uint16_t kAutoMedia = IFF_AUTOMEDIA;
constexpr unsigned kFirstShownBase = 0x100;  // lower ones are not ports of a card

constexpr std::array kWords{InterfaceFlag{IFF_UP, "UP"},
                            InterfaceFlag{IFF_BROADCAST, "BROADCAST"},
                            InterfaceFlag{IFF_DEBUG, "DEBUG"},
                            InterfaceFlag{IFF_LOOPBACK, "LOOPBACK"},
                            InterfaceFlag{IFF_POINTOPOINT, "POINTOPOINT"},
                            InterfaceFlag{IFF_NOTRAILERS, "NOTRAILERS"},
                            InterfaceFlag{IFF_RUNNING, "RUNNING"},
                            InterfaceFlag{IFF_NOARP, "NOARP"},
                            InterfaceFlag{IFF_PROMISC, "PROMISC"},
                            InterfaceFlag{IFF_ALLMULTI, "ALLMULTI"},
                            InterfaceFlag{IFF_SLAVE, "SLAVE"},
                            InterfaceFlag{IFF_MASTER, "MASTER"},
                            InterfaceFlag{IFF_MULTICAST, "MULTICAST"},
                            InterfaceFlag{IFF_DYNAMIC, "DYNAMIC"}};

constexpr std::array<std::pair<std::uint16_t, char>, 14> kLetters{{{IFF_ALLMULTI, 'A'},
                                                                   {IFF_BROADCAST, 'B'},
                                                                   {IFF_DEBUG, 'D'},
                                                                   {IFF_LOOPBACK, 'L'},
                                                                   {IFF_MULTICAST, 'M'},
                                                                   {IFF_DYNAMIC, 'd'},
                                                                   {IFF_PROMISC, 'P'},
                                                                   {IFF_NOTRAILERS, 'N'},
                                                                   {IFF_NOARP, 'O'},
                                                                   {IFF_POINTOPOINT, 'P'},
                                                                   {IFF_SLAVE, 's'},
                                                                   {IFF_MASTER, 'm'},
                                                                   {IFF_RUNNING, 'R'},
                                                                   {IFF_UP, 'U'}}};

// IF_PORT_… of the kernel.
constexpr std::array<std::string_view, 7> kPorts{"unknown",  "10base2",   "10baseT",  "AUI",
                                                 "100baseT", "100baseTX", "100baseFX"};

template <class... Values>
void append(std::string& out, fmt::format_string<Values...> pattern, Values&&... values) {
  fmt::format_to(std::back_inserter(out), pattern, std::forward<Values>(values)...);
}

void append_inet(std::string& out, const InterfaceAddress4& address, std::int16_t flags) {
  append(out, "        inet {}  netmask {}", numeric_text(address.local), numeric_text(address.netmask));
  if (has_flag(flags, IFF_BROADCAST)) append(out, "  broadcast {}", numeric_text(address.broadcast));
  if (has_flag(flags, IFF_POINTOPOINT)) append(out, "  destination {}", numeric_text(address.destination));
  out += '\n';
}

void append_inet6(std::string& out, const InterfaceView& view) {
  for (const InterfaceAddress6& row : view.addresses6) {
    if (row.interface != view.listed.name) continue;
    append(out, "        inet6 {}  prefixlen {}  scopeid 0x{:x}{}\n", numeric_text(row.address),
           row.prefix_length, row.scope, scope_names(row.scope));
  }
}

void append_traffic(std::string& out, const InterfaceCounters& counters, bool compresses) {
  const TrafficCounters& rx = counters.received;
  const TrafficCounters& tx = counters.sent;
  append(out, "        RX packets {}  bytes {} ({})\n", rx.packets, rx.bytes, byte_size(rx.bytes));
  if (compresses) append(out, "        RX compressed:{}\n", rx.compressed);
  append(out, "        RX errors {}  dropped {}  overruns {}  frame {}\n", rx.errors, rx.dropped, rx.overruns,
         counters.frame_errors);
  append(out, "        TX packets {}  bytes {} ({})\n", tx.packets, tx.bytes, byte_size(tx.bytes));
  if (compresses) append(out, "        TX compressed {}\n", tx.compressed);
  append(out, "        TX errors {}  dropped {} overruns {}  carrier {}  collisions {}\n", tx.errors,
         tx.dropped, tx.overruns, counters.carrier_errors, counters.collisions);
}

void append_map(std::string& out, const InterfaceMap& map) {
  const bool base = map.base_address >= kFirstShownBase;
  if (map.interrupt == 0 && map.memory_start == 0 && map.dma == 0 && !base) return;
  out += "        device ";
  if (map.interrupt != 0) append(out, "interrupt {}  ", map.interrupt);
  if (base) append(out, "base 0x{:x}  ", map.base_address);
  if (map.memory_start != 0) append(out, "memory 0x{:x}-{:x}  ", map.memory_start, map.memory_end);
  if (map.dma != 0) append(out, "  dma 0x{:x}", map.dma);
  out += '\n';
}

void append_media(std::string& out, const InterfaceFacts& facts) {
  if (!has_flag(facts.flags, kPortSelect)) return;
  append(out, "        media {}{}\n", facts.map.port < kPorts.size() ? kPorts[facts.map.port] : kPorts[0],
         has_flag(facts.flags, kAutoMedia) ? "autoselect" : "");
}

}  // namespace

std::span<const InterfaceFlag> interface_flags() { return kWords; }

std::string flag_letters(std::int16_t flags) {
  if (flags == 0) return std::string(translated("[NO FLAGS]"));
  std::string letters;
  for (const auto& [bit, letter] : kLetters) {
    if (has_flag(flags, bit)) letters += letter;
  }
  return letters;
}

std::string flag_words(std::int16_t flags) {
  std::string words("<");
  for (const InterfaceFlag& flag : kWords) {
    if (has_flag(flags, flag.bit)) words.append(flag.word).append(",");
  }
  if (words.size() > 1) {
    words.back() = '>';
  } else if (flags != 0) {
    words.clear();
  }
  return words;
}

std::string byte_size(std::uint64_t bytes) {
  constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  constexpr unsigned kStep = 10;  // bits
  std::size_t unit = 0;
  while (unit + 1 < kUnits.size() && bytes > std::uint64_t{1024} << (kStep * unit)) ++unit;
  const std::uint64_t size = std::uint64_t{1} << (kStep * unit);
  // Ten times as many EiB would not fit; netstat then divides by a tenth of it, which is cut off, too.
  const std::uint64_t tenths =
      unit + 1 < kUnits.size() ? bytes * 10 / size : bytes / std::max<std::uint64_t>(size / 10, 1);
  return fmt::format("{}.{} {}", tenths / 10, tenths % 10, kUnits[unit]);
}

void append_interface_row(std::string& out, const InterfaceView& view) {
  append(out, "{:<15.15} {:5} ", printable(view.listed.name), view.facts.mtu);
  if (view.listed.counters) {
    const TrafficCounters& rx = view.listed.counters->received;
    const TrafficCounters& tx = view.listed.counters->sent;
    append(out, "{:8} {:6} {:6} {:<6} {:8} {:6} {:6} {:6} ", rx.packets, rx.errors, rx.dropped, rx.overruns,
           tx.packets, tx.errors, tx.dropped, tx.overruns);
  } else {
    append(out, "{:<56}", translated("     - no statistics available -"));
  }
  out.append(flag_letters(view.facts.flags)).append("\n");
}

void append_interface_paragraph(std::string& out, const InterfaceView& view) {
  const InterfaceFacts& facts = view.facts;
  append(out, "{}: flags={}{}  mtu {}", printable(view.listed.name), facts.flags, flag_words(facts.flags),
         facts.mtu);
  if (facts.outfill != 0 || facts.keepalive != 0) {
    append(out, "  outfill {}  keepalive {}", facts.outfill, facts.keepalive);
  }
  out += '\n';
  if (facts.address) append_inet(out, *facts.address, facts.flags);
  append_inet6(out, view);
  const HardwareType* const hardware = &hardware_type(facts.hardware);
  append(out, "        {}", hardware_text(*hardware, facts.hardware_address));
  if (facts.queue_length != -1) append(out, "  txqueuelen {}", facts.queue_length);
  append(out, "  ({})\n", translated(hardware->text));
  append_media(out, facts);
  if (view.listed.counters) append_traffic(out, *view.listed.counters, hardware->compresses);
  append_map(out, facts.map);
  out += '\n';
}

}  // namespace conntrail::netstat
