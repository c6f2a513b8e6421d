#include "interfaces/interface_addresses.h"

#include <array>
#include <utility>

#include "conntrail/base/text.h"
#include "proc/line_scanner.h"

namespace conntrail::netstat {

namespace {

// IPV6_ADDR_… of the kernel, in the order they are named in.
constexpr std::uint32_t kCompatible = 0x80;
constexpr std::array<std::pair<std::uint32_t, std::string_view>, 3> kScopes{
    {{0x20, "link"}, {0x40, "site"}, {0x10, "host"}}};

}  // namespace

// "fe800000000000000000000000000001 02 40 20 80     eth0\n"
std::optional<InterfaceAddress6> parse_interface_address6(std::string_view line) {
  LineScanner scanner(line);
  std::string_view digits;
  std::uint32_t index = 0;
  std::uint32_t flags = 0;
  std::string_view name;
  InterfaceAddress6 row;
  row.address.family = Family::inet6;
  if (!scanner.word(digits) || digits.size() != 2 * row.address.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < row.address.bytes.size(); ++i) {
    const auto byte = parse_number<std::uint8_t>(digits.substr(2 * i, 2), 16);
    if (!byte) return std::nullopt;
    row.address.bytes[i] = *byte;
  }
  if (!scanner.hex(index) || !scanner.hex(row.prefix_length) || !scanner.hex(row.scope) ||
      !scanner.hex(flags) || !scanner.word(name)) {
    return std::nullopt;
  }
  row.interface = name;
  return row;
}

std::string scope_names(std::uint32_t scope) {
  std::string names;
  const auto add = [&names](std::string_view name) { names.append(names.empty() ? "<" : ",").append(name); };
  if ((scope & kCompatible) != 0) add("compat");
  if ((scope & ~kCompatible) == 0) add("global");
  for (const auto& [bit, name] : kScopes) {
    if ((scope & bit) != 0) add(name);
  }
  if (!names.empty()) names += '>';
  return names;
}

}  // namespace conntrail::netstat
