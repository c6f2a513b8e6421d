#include "tcp_sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace conntrail::test {
namespace {

void check(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::generic_category(), what);
}

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Address loopback(Flavour flavour, std::uint16_t port) {
  Address address;
  if (flavour == Flavour::v4) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.length = sizeof(*v4);
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    check(::inet_pton(AF_INET6, flavour == Flavour::v6 ? "::1" : "::ffff:127.0.0.1", &v6->sin6_addr) == 1,
          "inet_pton");
    address.length = sizeof(*v6);
  }
  return address;
}

}  // namespace

UniqueFd tcp_socket(Flavour flavour, bool nonblocking) {
  const int family = flavour == Flavour::v4 ? AF_INET : AF_INET6;
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0));
  check(static_cast<bool>(fd), "socket");
  return fd;
}

UniqueFd listen_on_loopback(Flavour flavour, int backlog) {
  UniqueFd fd = tcp_socket(flavour);
  const Address address = loopback(flavour, 0);
  check(::bind(fd.get(), address.get(), address.length) == 0, "bind");
  check(::listen(fd.get(), backlog) == 0, "listen");
  return fd;
}

std::uint16_t local_port(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  check(::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) == 0, "getsockname");
  // sin_port and sin6_port are at the same place.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

std::uint64_t cookie_of(int fd) {
  std::uint64_t cookie = 0;
  socklen_t length = sizeof(cookie);
  check(::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) == 0, "SO_COOKIE");
  return cookie;
}

std::uint64_t inode_of(int fd) {
  struct stat info {};
  check(::fstat(fd, &info) == 0, "fstat");
  return info.st_ino;
}

int connect_to(int fd, Flavour flavour, std::uint16_t port) {
  const Address address = loopback(flavour, port);
  return ::connect(fd, address.get(), address.length) == 0 ? 0 : errno;
}

UniqueFd connected(Flavour flavour, std::uint16_t port) {
  UniqueFd fd = tcp_socket(flavour);
  errno = connect_to(fd.get(), flavour, port);
  check(errno == 0, "connect");
  return fd;
}

UniqueFd accepted(int listener) {
  UniqueFd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  check(static_cast<bool>(fd), "accept");
  return fd;
}

Pair make_pair(Flavour flavour) {
  Pair pair;
  pair.listener = listen_on_loopback(flavour);
  pair.port = local_port(pair.listener.get());
  pair.client = connected(flavour, pair.port);
  pair.server = accepted(pair.listener.get());
  return pair;
}

void send_text(int fd, const std::string& text) {
  check(::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()), "send");
}

std::string receive_text(int fd) {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
  check(got >= 0, "recv");
  return {buffer.data(), static_cast<std::size_t>(got)};
}

void linger_zero(int fd) {
  const linger value{.l_onoff = 1, .l_linger = 0};
  check(::setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, sizeof(value)) == 0, "SO_LINGER");
}

}  // namespace conntrail::test
