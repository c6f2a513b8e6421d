#include "address.h"

#include <arpa/inet.h>

#include <array>
#include <cstdlib>
#include <cstring>

namespace conntrail::live {

Address Address::make(const char* text, std::uint16_t port) {
  Address address;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.length = sizeof v4;
  } else if (::inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.length = sizeof v6;
  } else {
    std::abort();
  }
  return address;
}

std::uint16_t Address::port() const {
  if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
  return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
}

std::string Address::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const void* bytes =
      family() == AF_INET
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr)
          : &reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr;
  ::inet_ntop(family(), bytes, buffer.data(), buffer.size());
  return buffer.data();
}

Address Address::with_port(std::uint16_t port) const { return make(text().c_str(), port); }

const char* flavour_name(Flavour flavour) {
  switch (flavour) {
    case Flavour::v4:
      return "v4";
    case Flavour::v6:
      return "v6";
    case Flavour::v4_mapped:
      return "v4_mapped";
  }
  std::abort();
}

const char* json_family(Flavour flavour) { return flavour == Flavour::v4 ? "inet" : "inet6"; }

Address loopback(Flavour flavour, std::uint16_t port) {
  switch (flavour) {
    case Flavour::v4:
      return Address::make("127.0.0.1", port);
    case Flavour::v6:
      return Address::make("::1", port);
    case Flavour::v4_mapped:
      return Address::make("::ffff:127.0.0.1", port);
  }
  std::abort();
}

}  // namespace conntrail::live
