// Address: a socket address as plain bytes, and the three flavours of addresses that every scenario runs
// with.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace conntrail::live {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] static Address make(const char* text,
                                    std::uint16_t port);  // numeric; aborts on anything else
  [[nodiscard]] int family() const { return storage.ss_family; }
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string text() const;  // without port and brackets, as inet_ntop prints it
  [[nodiscard]] Address with_port(std::uint16_t port) const;
  [[nodiscard]] const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};

// v4_mapped: AF_INET6 sockets on both sides with IPv4 packets between them.
enum class Flavour : std::uint8_t { v4, v6, v4_mapped };

[[nodiscard]] const char* flavour_name(Flavour flavour);
[[nodiscard]] const char* json_family(Flavour flavour);  // what `family` must say: the socket's family
[[nodiscard]] Address loopback(Flavour flavour, std::uint16_t port = 0);

}  // namespace conntrail::live
