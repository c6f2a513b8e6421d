// The kinds of network hardware that netstat knows, and their addresses as it writes them. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace conntrail::netstat {

// The answer of SIOCGIFHWADDR about an address; netstat looks at no more.
using HardwareAddress = std::array<std::uint8_t, 8>;

struct HardwareType {
  using AddressText = std::string (*)(const HardwareAddress&);

  std::uint16_t number;     // ARPHRD_…
  std::string_view name;    // "ether"
  const char* text;         // "Ethernet", to be translated
  AddressText address;      // nullptr: it has no address
  bool hide_null = false;   // an address of zeros only is not shown
  bool compresses = false;  // counts compressed packets
};

// The one with that number, or "unspec" for those netstat does not know.
[[nodiscard]] const HardwareType& hardware_type(std::uint16_t number);

// "ether 02:00:00:00:00:01", or the name alone.
[[nodiscard]] std::string hardware_text(const HardwareType& type, const HardwareAddress& address);

}  // namespace conntrail::netstat
