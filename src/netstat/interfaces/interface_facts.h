// What the kernel says about one interface through ioctl: the calls netstat makes, so that the facts are the
// same.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "conntrail/base/ip_address.h"
#include "conntrail/base/unique_fd.h"
#include "interfaces/hardware_type.h"

namespace conntrail::netstat {

// Of InterfaceFacts::flags: one of IFF_….
[[nodiscard]] constexpr bool has_flag(std::int16_t flags, unsigned bit) {
  return (static_cast<std::uint16_t>(flags) & bit) != 0;
}

struct InterfaceAddress4 {
  IpAddress local;
  IpAddress destination;
  IpAddress broadcast;
  IpAddress netmask;
};

// Where a card sits, by SIOCGIFMAP.
struct InterfaceMap {
  std::uint64_t memory_start = 0;
  std::uint64_t memory_end = 0;
  std::uint16_t base_address = 0;
  std::uint8_t interrupt = 0;
  std::uint8_t dma = 0;
  std::uint8_t port = 0;
};

struct InterfaceFacts {
  std::int16_t flags = 0;           // IFF_…, signed as netstat shows them
  std::uint16_t hardware = 0xffff;  // ARPHRD_…
  HardwareAddress hardware_address{};
  std::int32_t mtu = 0;
  InterfaceMap map;
  std::int32_t queue_length = -1;  // packets; -1: not known
  std::int32_t outfill = 0;        // serial lines
  std::int32_t keepalive = 0;
  std::optional<InterfaceAddress4> address;
};

class InterfaceQuestions {
 public:
  // The error is an errno.
  [[nodiscard]] static std::expected<InterfaceQuestions, int> open();

  // Names of all interfaces and aliases that have an IPv4 address.
  [[nodiscard]] std::expected<std::vector<std::string>, int> addressed() const;
  [[nodiscard]] std::expected<InterfaceFacts, int> ask(const std::string& name) const;
  // Why IPv4 addresses cannot be asked for; 0 when they can.
  [[nodiscard]] int inet_error() const { return inet_error_; }

 private:
  explicit InterfaceQuestions(UniqueFd fd, int inet_error) : fd_(std::move(fd)), inet_error_(inet_error) {}

  UniqueFd fd_;
  int inet_error_;
};

}  // namespace conntrail::netstat
