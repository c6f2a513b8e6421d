// A netlink socket of the calling thread's network namespace.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>

#include "conntrail/netlink/attributes.h"

struct mnl_socket;

namespace conntrail::netlink {

class Socket {
 public:
  // `protocol`: NETLINK_…. Errors are errnos.
  [[nodiscard]] static std::expected<Socket, int> open(int protocol);

  // Sends a dump request to the kernel.
  [[nodiscard]] std::expected<void, int> ask(std::uint16_t type, std::uint32_t sequence, Bytes body) const;
  [[nodiscard]] int fd() const;
  // What the kernel's answers are addressed to.
  [[nodiscard]] std::uint32_t port() const;

 private:
  struct Close {
    void operator()(mnl_socket* socket) const;
  };
  explicit Socket(std::unique_ptr<mnl_socket, Close> socket) : socket_(std::move(socket)) {}

  std::unique_ptr<mnl_socket, Close> socket_;
};

}  // namespace conntrail::netlink
