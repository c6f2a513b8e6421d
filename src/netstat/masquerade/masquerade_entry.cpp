#include "masquerade/masquerade_entry.h"

#include <fmt/format.h>

#include <iterator>

#include "output/translation.h"

namespace conntrail::netstat {

namespace {

constexpr std::uint64_t kPerSecond = 100;
constexpr std::uint64_t kPerMinute = 60 * kPerSecond;

PortNames port_names(std::string_view protocol) {
  if (protocol == "tcp") return PortNames::tcp;
  return protocol == "udp" ? PortNames::udp : PortNames::none;
}

std::string host(const IpAddress& address, const MasqueradeStyle& style, Names& names) {
  AddressScratch scratch;
  return std::string(host_text(address, style.numeric_hosts, names, scratch));
}

std::string port(std::uint32_t number, PortNames space, bool numeric, Names& names) {
  AddressScratch scratch;
  return std::string(port_text(number, space, numeric, names, scratch));
}

}  // namespace

std::string_view masquerade_header(bool sequence) {
  return sequence
             ? translated(
                   "prot   expire    initseq delta prevd source               destination          ports\n")
             : translated("prot   expire source               destination          ports\n");
}

void append_masquerade_row(std::string& out, const MasqueradeEntry& entry, const MasqueradeStyle& style,
                           Names& names) {
  const auto to = std::back_inserter(out);
  const std::uint64_t expires = entry.expires.value_or(0);
  fmt::format_to(to, "{:<4}{:3}:{:02}.{:02} ", entry.protocol, expires / kPerMinute,
                 expires % kPerMinute / kPerSecond, expires % kPerSecond);
  if (style.sequence) {
    const SequenceShift shift = entry.shift.value_or(SequenceShift{0, 0, 0});
    fmt::format_to(to, "{:10} {:5} ", shift.from, shift.delta);
    if (shift.previous_delta) {
      fmt::format_to(to, "{:5} ", *shift.previous_delta);
    } else {
      out += "    - ";
    }
  }
  const PortNames space = port_names(entry.protocol);
  fmt::format_to(to, "{:<20} {:<20} {} -> {} ({})\n", host(entry.source, style, names),
                 host(entry.destination, style, names),
                 port(entry.source_port, space, style.numeric_ports, names),
                 port(entry.destination_port, space, style.numeric_ports, names),
                 port(entry.masquerade_port, space, true, names));
}

}  // namespace conntrail::netstat
