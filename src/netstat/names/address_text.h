// Addresses and ports as netstat's tables show them.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "conntrail/base/ip_address.h"
#include "names/names.h"

namespace conntrail::netstat {

// netstat keeps an address text in 128 bytes, terminator included.
inline constexpr std::size_t kAddressSpace = 128;

// How addresses are to be shown.
struct AddressStyle {
  bool numeric_hosts = false;
  bool numeric_ports = false;
  bool wide = false;  // never cut

  bool operator==(const AddressStyle&) const = default;
};

// Numeric text at `to` (at most 46 bytes); answers its end. A v4-mapped address is shown as the IPv4 one it
// holds.
[[nodiscard]] char* put_address(char* to, const IpAddress& address);

// The same as text: in `scratch`, or as a string where that costs nothing that counts.
using AddressScratch = std::array<char, kAddressSpace>;
[[nodiscard]] std::string_view numeric_text(const IpAddress& address, AddressScratch& scratch);
[[nodiscard]] std::string numeric_text(const IpAddress& address);

// "address:port" at `to` (at most kAddressSpace bytes), shortened to 22 columns and the colon unless `wide`;
// answers its end. Port 0 is "*".
[[nodiscard]] char* put_endpoint(char* to, const IpAddress& address, std::uint32_t port, PortNames space,
                                 const AddressStyle& style, Names& names);

// Text of a host alone: its name, the numeric address, or "[::]" for the IPv6 wildcard among names. `scratch`
// may hold the answer.
[[nodiscard]] std::string_view host_text(const IpAddress& address, bool numeric, Names& names,
                                         AddressScratch& scratch);
// Text of a port alone.
[[nodiscard]] std::string_view port_text(std::uint32_t port, PortNames space, bool numeric, Names& names,
                                         AddressScratch& scratch);

// The rule of the 22 columns: the port keeps up to 18 of them, the address gets the rest.
[[nodiscard]] char* join_endpoint(char* to, std::string_view host, std::string_view port, bool wide);

}  // namespace conntrail::netstat
