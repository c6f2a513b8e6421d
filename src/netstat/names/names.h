// Names: what netstat shows in place of addresses, ports and user numbers.
#pragma once

#include <cstdint>
#include <string_view>

#include "conntrail/base/ip_address.h"

namespace conntrail::netstat {

enum class PortNames : std::uint8_t { tcp, udp, raw, none };

// Every answer is text safe for a terminal, stays valid as long as the object, and is empty when there is no
// name.
class Names {
 public:
  Names() = default;
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;
  virtual ~Names() = default;

  // Announces an address that a table will show; `resolve` then looks up all that are new, at the same time.
  virtual void want_host(const IpAddress& address) = 0;
  virtual void resolve() = 0;
  [[nodiscard]] virtual std::string_view host(const IpAddress& address) = 0;

  // The ends of IPv4 routes: looked up as a network (getnetbyaddr) or as a host (gethostbyaddr), whatever the
  // address looks like. Sections of sockets let the address decide.
  virtual void want_route_end(const IpAddress& /*address*/, bool /*network*/) {}
  [[nodiscard]] virtual std::string_view route_end(const IpAddress& /*address*/, bool /*network*/) {
    return {};
  }

  [[nodiscard]] virtual std::string_view port(PortNames space, std::uint32_t port) = 0;
  [[nodiscard]] virtual std::string_view user(std::int32_t uid) = 0;
};

}  // namespace conntrail::netstat
