#include "sockets/group_line.h"

#include <array>
#include <bit>

#include "conntrail/base/text.h"
#include "names/address_text.h"
#include "output/columns.h"
#include "output/translation.h"
#include "proc/line_scanner.h"

namespace conntrail::netstat {

namespace {}  // namespace

std::string GroupReader::take(std::string_view line, int number) {
  if (number == 0) {
    // Only as the first words: an interface may have it in its name.
    numbered_ = line.starts_with("Idx\tDevice");
    if (numbered_ || line.starts_with("Device")) return {};
    v6_ = true;
  }
  bool good = false;
  if (v6_) {
    good = take_v6(line);
  } else {
    good = line.starts_with('\t') ? take_v4_group(line) : take_device(line);
  }
  if (good) return {};
  const std::string at = std::to_string(number);
  return v6_ ? translated("warning, got bogus igmp6 line %d.\n", {at})
             : translated("warning, got bogus igmp line %d.\n", {at});
}

// "2    eth0            ff0200000000000000000000000000fb     1 0000000C 0"
bool GroupReader::take_v6(std::string_view line) {
  LineScanner scanner(line);
  std::int32_t index = 0;
  std::string_view device;
  std::string_view digits;
  GroupRow row;
  row.group.family = Family::inet6;
  if (!scanner.decimal(index) || !scanner.word(device, kLongestDeviceName)) return false;
  scanner.skip_blanks();
  if (!scanner.hex_digits(digits, 64) || !scanner.decimal(row.references)) return false;
  if (digits.size() != 2 * row.group.bytes.size()) return false;
  row.device = printable(device);
  for (std::size_t i = 0; i < row.group.bytes.size() && 2 * i + 2 <= digits.size(); ++i) {
    row.group.bytes[i] = parse_number<std::uint8_t>(digits.substr(2 * i, 2), 16).value_or(0);
  }
  rows_.push_back(std::move(row));
  return true;
}

// "1\tlo        :     1      V3"
bool GroupReader::take_device(std::string_view line) {
  LineScanner scanner(line);
  std::int32_t index = 0;
  if (numbered_) {
    if (!scanner.decimal(index)) return false;
    scanner.skip_blanks();
  }
  std::string_view device = scanner.rest().substr(0, kLongestDeviceName);
  if (device.empty()) return false;
  device_ = printable(device.substr(0, device.rfind(':')));
  return true;
}

// "\t\t\t\t010000E0     1 0:00000000\t\t0": the group is a word of memory printed as a number.
bool GroupReader::take_v4_group(std::string_view line) {
  LineScanner scanner(line);
  std::string_view digits;
  GroupRow row;
  scanner.skip_blanks();
  if (!scanner.hex_digits(digits, 8) || !scanner.decimal(row.references)) return false;
  std::uint32_t word = 0;
  LineScanner number(digits);
  if (!number.hex(word)) return false;
  row.group = IpAddress::v4(std::bit_cast<std::array<std::uint8_t, 4>>(word));
  row.device = device_;
  rows_.push_back(std::move(row));
  return true;
}

void append_group_row(std::string& out, const GroupRow& row, bool numeric_hosts, Names& names) {
  append_left(out, row.device, 15);
  out += ' ';
  append_left(out, std::to_string(row.references), 6);
  out += ' ';
  AddressScratch scratch;
  out += host_text(row.group, numeric_hosts, names, scratch);
  out += '\n';
}

}  // namespace conntrail::netstat
