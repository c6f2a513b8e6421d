#include "sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace conntrail::test {

namespace {

[[noreturn]] void fail_with_errno(std::string_view what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

void require(bool good, std::string_view what) {
  if (!good) fail_with_errno(what);
}

struct Address {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Address to_address(const Endpoint& endpoint) {
  Address result;
  if (endpoint.address.family == Family::inet) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(endpoint.port);
    std::memcpy(&in.sin_addr, endpoint.address.bytes.data(), sizeof(in.sin_addr));
    std::memcpy(&result.storage, &in, sizeof(in));
    result.length = sizeof(in);
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(endpoint.port);
    std::memcpy(&in.sin6_addr, endpoint.address.bytes.data(), sizeof(in.sin6_addr));
    std::memcpy(&result.storage, &in, sizeof(in));
    result.length = sizeof(in);
  }
  return result;
}

Endpoint to_endpoint(const Address& address) {
  Endpoint result;
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address.storage, sizeof(in));
    result.address.family = Family::inet;
    std::memcpy(result.address.bytes.data(), &in.sin_addr, sizeof(in.sin_addr));
    result.port = ntohs(in.sin_port);
  } else {
    sockaddr_in6 in{};
    std::memcpy(&in, &address.storage, sizeof(in));
    result.address.family = Family::inet6;
    std::memcpy(result.address.bytes.data(), &in.sin6_addr, sizeof(in.sin6_addr));
    result.port = ntohs(in.sin6_port);
  }
  return result;
}

UniqueFd make_socket(Flavour flavour, int type) {
  UniqueFd fd(::socket(static_cast<int>(family_of(flavour)), type | SOCK_CLOEXEC, 0));
  require(fd.get() >= 0, "socket");
  return fd;
}

}  // namespace

std::string_view flavour_name(Flavour flavour) {
  switch (flavour) {
    case Flavour::inet:
      return "IPv4";
    case Flavour::inet6:
      return "IPv6";
    case Flavour::mapped:
      return "v4-mapped";
  }
  return "";
}

Family family_of(Flavour flavour) { return flavour == Flavour::inet ? Family::inet : Family::inet6; }

IpAddress loopback_of(Flavour flavour) {
  switch (flavour) {
    case Flavour::inet:
      return IpAddress::v4({127, 0, 0, 1});
    case Flavour::inet6:
      return IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
    case Flavour::mapped:
      return IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1});
  }
  return {};
}

UniqueFd tcp_socket(Flavour flavour, bool nonblocking) {
  return make_socket(flavour, SOCK_STREAM | (nonblocking ? SOCK_NONBLOCK : 0));
}
UniqueFd udp_socket(Flavour flavour) { return make_socket(flavour, SOCK_DGRAM); }

void bind_to(int fd, const Endpoint& local) {
  Address address = to_address(local);
  require(::bind(fd, address.get(), address.length) == 0, "bind");
}

void connect_to(int fd, const Endpoint& remote, bool nonblocking) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (nonblocking) require(::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0, "O_NONBLOCK");
  Address address = to_address(remote);
  const int result = ::connect(fd, address.get(), address.length);
  require(result == 0 || (nonblocking && errno == EINPROGRESS), "connect");
}

int try_connect(int fd, Flavour flavour, std::uint16_t port) {
  Address address = to_address({loopback_of(flavour), port});
  return ::connect(fd, address.get(), address.length) == 0 ? 0 : errno;
}

UniqueFd connected(Flavour flavour, std::uint16_t port) {
  UniqueFd fd = tcp_socket(flavour);
  connect_to(fd.get(), {loopback_of(flavour), port});
  return fd;
}

UniqueFd accept_from(int listener) {
  pollfd waiting{listener, POLLIN, 0};
  require(::poll(&waiting, 1, 5000) == 1, "no connection to accept");
  UniqueFd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  require(fd.get() >= 0, "accept");
  return fd;
}

UniqueFd listen_at_loopback(Flavour flavour, int backlog) {
  UniqueFd fd = tcp_socket(flavour);
  bind_to(fd.get(), {loopback_of(flavour), 0});
  require(::listen(fd.get(), backlog) == 0, "listen");
  return fd;
}

Endpoint local_endpoint(int fd) {
  Address address;
  require(::getsockname(fd, address.get(), &address.length) == 0, "getsockname");
  return to_endpoint(address);
}

std::uint16_t local_port(int fd) { return local_endpoint(fd).port; }

Endpoint remote_endpoint(int fd) {
  Address address;
  require(::getpeername(fd, address.get(), &address.length) == 0, "getpeername");
  return to_endpoint(address);
}

std::uint64_t cookie_of(int fd) {
  std::uint64_t cookie = 0;
  socklen_t length = sizeof(cookie);
  require(::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) == 0, "SO_COOKIE");
  return cookie;
}

std::uint64_t inode_of(int fd) {
  struct stat status {};
  require(::fstat(fd, &status) == 0, "fstat");
  return status.st_ino;
}

TcpState tcp_state_of(int fd) {
  tcp_info info{};
  socklen_t length = sizeof(info);
  require(::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0, "TCP_INFO");
  return tcp_state_from_kernel(info.tcpi_state);
}

void send_bytes(int fd, std::size_t count) {
  const std::vector<char> data(count, 'x');
  require(::send(fd, data.data(), data.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(count), "send");
}

void send_text(int fd, const std::string& text) {
  require(::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()), "send");
}

std::string receive_text(int fd) {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
  require(got >= 0, "recv");
  return {buffer.data(), static_cast<std::size_t>(got)};
}

void linger_zero(int fd) {
  const linger value{.l_onoff = 1, .l_linger = 0};
  require(::setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, sizeof(value)) == 0, "SO_LINGER");
}

void set_option(int fd, int level, int name, int value) {
  require(::setsockopt(fd, level, name, &value, sizeof(value)) == 0, "setsockopt");
}

void wait_until(std::string_view what, const std::function<bool()>& condition) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::seconds(5);
  while (!condition()) {
    if (Clock::now() > deadline) throw std::runtime_error("waited in vain for: " + std::string(what));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

Link make_link(Flavour flavour, const std::function<void(int)>& prepare) {
  const UniqueFd listener = tcp_socket(flavour);
  bind_to(listener.get(), {loopback_of(flavour), 0});
  if (prepare) prepare(listener.get());
  require(::listen(listener.get(), 1) == 0, "listen");
  Link link;
  link.server_end = local_endpoint(listener.get());
  link.client = tcp_socket(flavour);
  connect_to(link.client.get(), link.server_end);
  link.server = accept_from(listener.get());
  link.client_end = local_endpoint(link.client.get());
  return link;
}

Pair make_pair(Flavour flavour) {
  Pair pair;
  pair.listener = listen_at_loopback(flavour);
  pair.port = local_port(pair.listener.get());
  pair.client = connected(flavour, pair.port);
  pair.server = accept_from(pair.listener.get());
  return pair;
}

}  // namespace conntrail::test
