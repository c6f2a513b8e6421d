#include "socket.h"

#include <libmnl/libmnl.h>
#include <sys/time.h>

#include <cerrno>
#include <utility>
#include <vector>

namespace conntrail::netlink {

std::expected<Socket, int> Socket::open(int protocol) {
  std::unique_ptr<mnl_socket, Close> socket(mnl_socket_open2(protocol, SOCK_CLOEXEC));
  if (!socket) return std::unexpected(errno);
  // A dump never waits; this only keeps a lost end of it from hanging us for ever.
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  const int fd = mnl_socket_get_fd(socket.get());
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) {
    return std::unexpected(errno);
  }
  if (mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) != 0) return std::unexpected(errno);
  return Socket(std::move(socket));
}

std::expected<void, int> Socket::ask(std::uint16_t type, std::uint32_t sequence, Bytes body) const {
  std::vector<std::byte> buffer(mnl_nlmsg_size(body.size() + MNL_ALIGNTO));
  nlmsghdr* header = mnl_nlmsg_put_header(buffer.data());
  header->nlmsg_type = type;
  header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  header->nlmsg_seq = sequence;
  std::memcpy(mnl_nlmsg_put_extra_header(header, body.size()), body.data(), body.size());
  if (mnl_socket_sendto(socket_.get(), header, header->nlmsg_len) < 0) return std::unexpected(errno);
  return {};
}

int Socket::fd() const { return mnl_socket_get_fd(socket_.get()); }

std::uint32_t Socket::port() const { return mnl_socket_get_portid(socket_.get()); }

void Socket::Close::operator()(mnl_socket* socket) const { static_cast<void>(mnl_socket_close(socket)); }

}  // namespace conntrail::netlink
