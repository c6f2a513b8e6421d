#include "peer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "patience.h"

namespace conntrail::live {
namespace {

struct Outcome {
  long value = -1;
  int error = 0;
};

Outcome outcome(long value) { return {value, value < 0 ? errno : 0}; }

// Fails the test when the kernel refused; the value otherwise.
int must(const char* what, Outcome result) {
  EXPECT_GE(result.value, 0) << what << ": " << std::strerror(result.error);
  return static_cast<int>(result.value);
}

Outcome do_open(int family, int flags) {
  return outcome(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
}
Outcome do_bind(int fd, Address address) {
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return outcome(::bind(fd, address.raw(), address.length));
}
Outcome do_listen(Address address, ListenOptions options) {
  const int fd = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (options.reuse_port) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::bind(fd, address.raw(), address.length) != 0 || ::listen(fd, options.backlog) != 0)
    return outcome(-1);
  return {fd, 0};
}
Outcome do_accept(int listener) { return outcome(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)); }
Outcome do_accept_if_any(int listener) {
  pollfd wait{listener, POLLIN, 0};
  if (::poll(&wait, 1, 0) == 0) return {-1, EAGAIN};
  return do_accept(listener);
}
Outcome do_connect(int fd, Address to) { return outcome(::connect(fd, to.raw(), to.length)); }
Outcome do_connect_nonblocking(int fd, Address to) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return do_connect(fd, to);
}
Outcome do_close(int fd) { return outcome(::close(fd)); }
Outcome do_shutdown_write(int fd) { return outcome(::shutdown(fd, SHUT_WR)); }
Outcome do_linger_zero(int fd) {
  const linger zero{1, 0};
  return outcome(::setsockopt(fd, SOL_SOCKET, SO_LINGER, &zero, sizeof zero));
}
Outcome do_set_option(int fd, int level, int name, int value) {
  return outcome(::setsockopt(fd, level, name, &value, sizeof value));
}
Outcome do_write(int fd, std::size_t bytes) {
  const std::vector<char> data(bytes, 'c');
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t n = ::send(fd, data.data() + done, bytes - done, MSG_NOSIGNAL);
    if (n < 0) return outcome(n);
    done += static_cast<std::size_t>(n);
  }
  return {0, 0};
}
Outcome do_read(int fd, std::size_t bytes) {
  std::vector<char> data(bytes);
  const ssize_t n = ::recv(fd, data.data(), bytes, MSG_WAITALL);
  if (n >= 0 && static_cast<std::size_t>(n) != bytes) return {-1, ENODATA};
  return outcome(n);
}
Outcome do_read_one(int fd) {
  char byte = 0;
  return outcome(::recv(fd, &byte, 1, 0));
}
Outcome do_state(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return outcome(-1);
  return {info.tcpi_state, 0};
}

struct Control {
  alignas(cmsghdr) char bytes[CMSG_SPACE(sizeof(int))];
};
Outcome do_send_descriptor(int unix_socket, int fd) {
  char byte = 'f';
  iovec data{&byte, 1};
  Control control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return outcome(::sendmsg(unix_socket, &message, 0));
}
Outcome do_receive_descriptor(int unix_socket) {
  char byte = 0;
  iovec data{&byte, 1};
  Control control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  if (::recvmsg(unix_socket, &message, MSG_CMSG_CLOEXEC) < 0) return outcome(-1);
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return {-1, EPROTO};
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return {fd, 0};
}

struct ThreadName {
  char text[16];
};
ThreadName thread_name_of(const char* text) {
  ThreadName name{};
  std::strncpy(name.text, text, sizeof name.text - 1);
  return name;
}
template <class Step>
Outcome in_thread(ThreadName name, Step step) {
  Outcome result;
  std::thread([&] {
    ::prctl(PR_SET_NAME, name.text);
    result = step();
  }).join();
  return result;
}
Outcome do_connect_in_thread(int fd, Address to, ThreadName name) {
  return in_thread(name, [&] { return do_connect(fd, to); });
}
Outcome do_close_in_thread(int fd, ThreadName name) {
  return in_thread(name, [&] { return do_close(fd); });
}

struct FactsOutcome {
  SocketFacts facts;
  int error = 0;
};
FactsOutcome do_facts(int fd) {
  FactsOutcome result;
  socklen_t length = sizeof result.facts.cookie;
  if (::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &result.facts.cookie, &length) != 0) result.error = errno;
  Address& local = result.facts.local;
  local.length = sizeof local.storage;
  if (::getsockname(fd, local.raw(), &local.length) != 0) result.error = errno;
  Address& remote = result.facts.remote;
  remote.length = sizeof remote.storage;
  if (::getpeername(fd, remote.raw(), &remote.length) != 0) remote = {};
  return result;
}

constexpr const char* kStates[] = {"",           "ESTABLISHED", "SYN_SENT",  "SYN_RECV",
                                   "FIN_WAIT1",  "FIN_WAIT2",   "TIME_WAIT", "CLOSE",
                                   "CLOSE_WAIT", "LAST_ACK",    "LISTEN",    "CLOSING"};

}  // namespace

int Peer::open(int family) { return must("socket", call(do_open, family, 0)); }
void Peer::bind(int fd, const Address& address) { must("bind", call(do_bind, fd, address)); }
int Peer::listen(const Address& address, ListenOptions options) {
  return must("listen", call(do_listen, address, options));
}
int Peer::accept(int listener) { return must("accept", call(do_accept, listener)); }
int Peer::accept_if_any(int listener) { return static_cast<int>(call(do_accept_if_any, listener).value); }
int Peer::connect(const Address& to) {
  const int fd = open(to.family());
  connect(fd, to);
  return fd;
}
void Peer::connect(int fd, const Address& to) { must("connect", call(do_connect, fd, to)); }
int Peer::connect_error(int fd, const Address& to) { return call(do_connect, fd, to).error; }
void Peer::connect_nonblocking(int fd, const Address& to) {
  EXPECT_EQ(call(do_connect_nonblocking, fd, to).error, EINPROGRESS);
}
void Peer::close(int fd) { must("close", call(do_close, fd)); }
void Peer::start_close(int fd) { start(do_close, fd); }
void Peer::finish_close() { must("close", finish<Outcome>()); }
void Peer::shutdown_write(int fd) { must("shutdown", call(do_shutdown_write, fd)); }
void Peer::linger_zero(int fd) { must("SO_LINGER", call(do_linger_zero, fd)); }
void Peer::write(int fd, std::size_t bytes) { must("write", call(do_write, fd, bytes)); }
void Peer::read(int fd, std::size_t bytes) { must("read", call(do_read, fd, bytes)); }
void Peer::read_end(int fd) {
  EXPECT_EQ(must("read", call(do_read_one, fd)), 0) << "the end of file was expected";
}
int Peer::read_error(int fd) {
  const Outcome result = call(do_read_one, fd);
  EXPECT_LT(result.value, 0) << "an error was expected";
  return result.error;
}
void Peer::set_option(int fd, int level, int name, int value) {
  must("setsockopt", call(do_set_option, fd, level, name, value));
}
void Peer::send_descriptor(int unix_socket, int fd) {
  must("sendmsg", call(do_send_descriptor, unix_socket, fd));
}
int Peer::receive_descriptor(int unix_socket) {
  return must("recvmsg", call(do_receive_descriptor, unix_socket));
}
void Peer::connect_in_thread(int fd, const Address& to, const char* thread_name) {
  must("connect", call(do_connect_in_thread, fd, to, thread_name_of(thread_name)));
}
void Peer::close_in_thread(int fd, const char* thread_name) {
  must("close", call(do_close_in_thread, fd, thread_name_of(thread_name)));
}

SocketFacts Peer::facts(int fd) {
  const FactsOutcome result = call(do_facts, fd);
  EXPECT_EQ(result.error, 0) << std::strerror(result.error);
  EXPECT_NE(result.facts.cookie, 0U);
  return result.facts;
}

std::string Peer::state(int fd) {
  const auto number = static_cast<std::size_t>(must("TCP_INFO", call(do_state, fd)));
  return number < std::size(kStates) ? kStates[number] : "state " + std::to_string(number);
}

Pair connect_pair(Peer& client, Peer& server, const Address& address) {
  return connect_again(client, server, server.listen(address));
}

Pair connect_again(Peer& client, Peer& server, int listener) {
  Pair pair;
  pair.listener = listener;
  pair.listener_facts = server.facts(listener);
  pair.client = client.connect(pair.listener_facts.local);
  pair.server = server.accept(listener);
  pair.client_facts = client.facts(pair.client);
  pair.server_facts = server.facts(pair.server);
  return pair;
}

}  // namespace conntrail::live
