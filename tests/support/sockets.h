// Plain sockets for tests: loopback, any family. Everything throws std::runtime_error on failure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "conntrail/base/unique_fd.h"
#include "conntrail/model/endpoint.h"
#include "conntrail/model/tcp_state.h"

namespace conntrail::test {

// IPv4 sockets; IPv6 sockets; IPv6 sockets that talk IPv4 (::ffff:127.0.0.1).
enum class Flavour : std::uint8_t { inet, inet6, mapped };

[[nodiscard]] std::string_view flavour_name(Flavour flavour);
[[nodiscard]] Family family_of(Flavour flavour);
[[nodiscard]] IpAddress loopback_of(Flavour flavour);

// For INSTANTIATE_TEST_SUITE_P.
template <class TestParamInfo>
std::string flavour_test_name(const TestParamInfo& info) {
  return info.param == Flavour::inet ? "v4" : info.param == Flavour::inet6 ? "v6" : "mapped";
}

[[nodiscard]] UniqueFd tcp_socket(Flavour flavour = Flavour::inet, bool nonblocking = false);
[[nodiscard]] UniqueFd udp_socket(Flavour flavour);
void bind_to(int fd, const Endpoint& local);  // port 0: the kernel chooses
// Waits until connected; with `nonblocking` it only starts and returns.
void connect_to(int fd, const Endpoint& remote, bool nonblocking = false);
// connect(2) to a port of the flavour's loopback address: 0, or the errno.
[[nodiscard]] int try_connect(int fd, Flavour flavour, std::uint16_t port);
[[nodiscard]] UniqueFd connected(Flavour flavour, std::uint16_t port);
[[nodiscard]] UniqueFd accept_from(int listener);  // waits up to 5 s
// On the flavour's loopback address, at a port the kernel chooses.
[[nodiscard]] UniqueFd listen_at_loopback(Flavour flavour = Flavour::inet, int backlog = 16);

[[nodiscard]] Endpoint local_endpoint(int fd);
[[nodiscard]] std::uint16_t local_port(int fd);
[[nodiscard]] Endpoint remote_endpoint(int fd);
[[nodiscard]] std::uint64_t cookie_of(int fd);  // SO_COOKIE
[[nodiscard]] std::uint64_t inode_of(int fd);   // of the socket, as /proc/net prints it
[[nodiscard]] TcpState tcp_state_of(int fd);    // TCP_INFO

void send_bytes(int fd, std::size_t count);
void send_text(int fd, const std::string& text);
[[nodiscard]] std::string receive_text(int fd);  // one read; "" at the end of the stream
void linger_zero(int fd);                        // close() will reset the connection
void set_option(int fd, int level, int name, int value);
// Polls `condition` every few ms, up to 5 s; `what` names it in the error.
void wait_until(std::string_view what, const std::function<bool()>& condition);

// A connected pair over loopback; its listener is closed again.
struct Link {
  UniqueFd client;
  UniqueFd server;
  Endpoint client_end;
  Endpoint server_end;
};
// `prepare` may set options on the listener before it listens (its children inherit them).
[[nodiscard]] Link make_link(Flavour flavour, const std::function<void(int)>& prepare = {});

// A listener with one accepted connection.
struct Pair {
  UniqueFd listener;
  UniqueFd client;
  UniqueFd server;
  std::uint16_t port = 0;
};
[[nodiscard]] Pair make_pair(Flavour flavour = Flavour::inet);

}  // namespace conntrail::test
