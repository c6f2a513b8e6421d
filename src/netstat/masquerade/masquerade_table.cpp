#include "masquerade/masquerade_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "proc/line_scanner.h"

namespace conntrail::netstat {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTypes{
    {{"TCP", "tcp"}, {"UDP", "udp"}, {"ICMP", "icmp"}, {"GRE", "gre"}, {"ESP", "esp"}}};

bool take_port(LineScanner& scanner, std::uint32_t& port) {
  if (!scanner.hex(port)) return false;
  port &= 0xffff;
  return true;
}

// "C0A80102:0400": a number, so most significant first on every machine.
bool take_endpoint(LineScanner& scanner, IpAddress& address, std::uint32_t& port) {
  std::uint32_t word = 0;
  if (!scanner.hex(word)) return false;
  address = IpAddress::v4({});
  for (std::size_t i = 0; i < 4; ++i) address.bytes[i] = static_cast<std::uint8_t>(word >> (24 - 8 * i));
  return scanner.literal(':') && take_port(scanner, port);
}

bool take_delta(LineScanner& scanner, std::int32_t& delta) {
  if (!scanner.decimal(delta)) return false;
  delta = static_cast<std::int16_t>(delta);
  return true;
}

bool take_shift(LineScanner& scanner, bool with_previous, SequenceShift& shift) {
  if (!scanner.hex(shift.from) || !take_delta(scanner, shift.delta)) return false;
  return !with_previous || take_delta(scanner, shift.previous_delta.emplace());
}

// "TCP C0A80102:0400 0A010101:0050 F000 00000000      0      0    8999"
bool take_entry(LineScanner& scanner, bool with_previous, std::string_view& type, MasqueradeEntry& entry) {
  return scanner.word(type) && take_endpoint(scanner, entry.source, entry.source_port) &&
         take_endpoint(scanner, entry.destination, entry.destination_port) &&
         take_port(scanner, entry.masquerade_port) &&
         take_shift(scanner, with_previous, entry.shift.emplace()) &&
         scanner.decimal(entry.expires.emplace());
}

}  // namespace

std::expected<std::vector<MasqueradeEntry>, MasqueradeTableError> parse_masquerade_table(
    std::string_view text) {
  if (text.empty()) return std::unexpected(MasqueradeTableError::empty);
  const std::size_t title_length = std::min(text.find('\n'), text.size() - 1) + 1;
  // Kernels before 2.0.31 knew no earlier delta.
  const bool with_previous = text.substr(0, title_length).find("PDelta") != std::string_view::npos;

  std::vector<MasqueradeEntry> entries;
  LineScanner scanner(text.substr(title_length));
  while (true) {
    scanner.skip_blanks();
    if (scanner.rest().empty()) return entries;
    MasqueradeEntry entry;
    std::string_view type;
    if (!take_entry(scanner, with_previous, type, entry)) {
      return std::unexpected(MasqueradeTableError::bad_format);
    }
    const auto* const known = std::ranges::find(kTypes, type, &decltype(kTypes)::value_type::first);
    if (known == kTypes.end()) return std::unexpected(MasqueradeTableError::unknown_type);
    entry.protocol = known->second;
    entries.push_back(std::move(entry));
  }
}

}  // namespace conntrail::netstat
