#include "names/address_text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "output/row_buffer.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kColumns = 22;  // of address and port together, the colon not counted
constexpr std::size_t kLongestPort = 18;

char* put_octet(char* to, std::uint8_t octet) {
  if (octet >= 100) *to++ = static_cast<char>('0' + octet / 100);
  if (octet >= 10) *to++ = static_cast<char>('0' + octet / 10 % 10);
  *to++ = static_cast<char>('0' + octet % 10);
  return to;
}

char* put_v4(char* to, const std::uint8_t* octets) {
  to = put_octet(to, octets[0]);
  for (int i = 1; i < 4; ++i) {
    *to++ = '.';
    to = put_octet(to, octets[i]);
  }
  return to;
}

}  // namespace

char* put_address(char* to, const IpAddress& address) {
  const std::uint8_t* bytes = address.bytes.data();
  if (address.family != Family::inet6) return put_v4(to, bytes);
  if (address.is_v4_mapped()) return put_v4(to, bytes + 12);
  ::inet_ntop(AF_INET6, bytes, to, INET6_ADDRSTRLEN);
  return to + std::strlen(to);
}

std::string_view numeric_text(const IpAddress& address, AddressScratch& scratch) {
  const char* end = put_address(scratch.data(), address);
  return {scratch.data(), static_cast<std::size_t>(end - scratch.data())};
}

std::string numeric_text(const IpAddress& address) {
  AddressScratch scratch;
  return std::string(numeric_text(address, scratch));
}

std::string_view host_text(const IpAddress& address, bool numeric, Names& names, AddressScratch& scratch) {
  if (!numeric) {
    if (address.family == Family::inet6 && address.is_any()) return "[::]";
    const std::string_view name = names.host(address);
    if (!name.empty()) return name;
  }
  return numeric_text(address, scratch);
}

std::string_view port_text(std::uint32_t port, PortNames space, bool numeric, Names& names,
                           AddressScratch& scratch) {
  const std::uint32_t low = port & 0xffffU;  // netstat passes it through htons()
  if (low == 0) return "*";
  if (!numeric) {
    const std::string_view name = names.port(space, low);
    if (!name.empty()) return name;
  }
  const char* end = cursor::put_number(scratch.data(), low);
  return {scratch.data(), static_cast<std::size_t>(end - scratch.data())};
}

char* join_endpoint(char* to, std::string_view host, std::string_view port, bool wide) {
  if (!wide && host.size() + port.size() > kColumns) {
    port = port.substr(0, kLongestPort);
    host = host.substr(0, kColumns - port.size());
  }
  host = host.substr(0, kAddressSpace - 1);
  char* end = cursor::put(cursor::put(to, host), ':');
  end = cursor::put(end, port);
  return std::min(end, to + kAddressSpace - 1);
}

char* put_endpoint(char* to, const IpAddress& address, std::uint32_t port, PortNames space,
                   const AddressStyle& style, Names& names) {
  if (style.numeric_hosts && style.numeric_ports &&
      (address.family != Family::inet6 || address.is_v4_mapped())) {
    // At most 21 characters, so that nothing can be cut: the case of nearly every row with -n.
    char* end = cursor::put(put_address(to, address), ':');
    const std::uint32_t low = port & 0xffffU;
    return low == 0 ? cursor::put(end, '*') : cursor::put_number(end, low);
  }
  AddressScratch host_scratch;
  AddressScratch port_scratch;
  const std::string_view host = host_text(address, style.numeric_hosts, names, host_scratch);
  const std::string_view service = port_text(port, space, style.numeric_ports, names, port_scratch);
  return join_endpoint(to, host, service, style.wide);
}

}  // namespace conntrail::netstat
