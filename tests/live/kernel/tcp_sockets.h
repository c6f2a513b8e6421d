// Real TCP sockets for the tests, in the calling thread's network namespace.
#pragma once

#include <cstdint>
#include <string>

#include "conntrail/base/unique_fd.h"

namespace conntrail::test {

enum class Flavour { v4, v6, mapped };  // mapped: AF_INET6 sockets that speak IPv4

// For INSTANTIATE_TEST_SUITE_P.
template <class TestParamInfo>
std::string flavour_test_name(const TestParamInfo& info) {
  switch (info.param) {
    case Flavour::v4:
      return "v4";
    case Flavour::v6:
      return "v6";
    case Flavour::mapped:
      break;
  }
  return "mapped";
}

[[nodiscard]] UniqueFd listen_on_loopback(Flavour flavour = Flavour::v4, int backlog = 16);
[[nodiscard]] std::uint16_t local_port(int fd);
[[nodiscard]] std::uint64_t cookie_of(int fd);  // SO_COOKIE
[[nodiscard]] std::uint64_t inode_of(int fd);

// A socket of the flavour, not connected.
[[nodiscard]] UniqueFd tcp_socket(Flavour flavour = Flavour::v4, bool nonblocking = false);
// connect(2) to the loopback address of the flavour; the errno, 0 for success.
[[nodiscard]] int connect_to(int fd, Flavour flavour, std::uint16_t port);
[[nodiscard]] UniqueFd connected(Flavour flavour, std::uint16_t port);
[[nodiscard]] UniqueFd accepted(int listener);

// A listener with one accepted connection.
struct Pair {
  UniqueFd listener, client, server;
  std::uint16_t port = 0;
};
[[nodiscard]] Pair make_pair(Flavour flavour = Flavour::v4);

void send_text(int fd, const std::string& text);
[[nodiscard]] std::string receive_text(int fd);  // one read; "" at the end of the stream
void linger_zero(int fd);                        // close() will reset the connection

}  // namespace conntrail::test
