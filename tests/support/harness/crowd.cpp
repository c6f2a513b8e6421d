#include "crowd.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

namespace conntrail::live {
namespace {

// The actor's crowd: these functions run there, each actor has a copy of its own.
std::vector<int>& crowd() {
  static std::vector<int> fds;
  return fds;
}

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int do_connect_many(Address from, Address to, int count) {
  raise_descriptor_limit();
  for (int i = 0; i < count; ++i) {
    const int fd = ::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    // The port is chosen by connect(), for this destination only.
    ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (fd < 0 || ::bind(fd, from.raw(), from.length) != 0 || ::connect(fd, to.raw(), to.length) != 0)
      return errno;
    crowd().push_back(fd);
  }
  return 0;
}

int do_accept_many(int listener, int count) {
  raise_descriptor_limit();
  for (int i = 0; i < count; ++i) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return errno;
    crowd().push_back(fd);
  }
  return 0;
}

int do_close_many(int begin, int end, bool read_first) {
  for (int i = begin; i < end; ++i) {
    const int fd = crowd()[static_cast<std::size_t>(i)];
    char byte = 0;
    if (read_first && ::recv(fd, &byte, 1, 0) != 0) return EPROTO;
    if (::close(fd) != 0) return errno;
  }
  return 0;
}

int do_crowd_member(int index) { return crowd()[static_cast<std::size_t>(index)]; }

int do_churn(int count, ChurnEnd end) {
  // Several destinations, so that ports do not become scarce.
  constexpr std::size_t kListeners = 16;
  std::array<int, kListeners> listeners{};
  std::array<Address, kListeners> addresses{};
  for (std::size_t i = 0; i < kListeners; ++i) {
    addresses[i] = loopback(Flavour::v4);
    listeners[i] = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(listeners[i], addresses[i].raw(), addresses[i].length) != 0 || ::listen(listeners[i], 16) != 0)
      return errno;
    ::getsockname(listeners[i], addresses[i].raw(), &addresses[i].length);
  }
  for (int i = 0; i < count; ++i) {
    const std::size_t at = static_cast<std::size_t>(i) % kListeners;
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0 || ::connect(client, addresses[at].raw(), addresses[at].length) != 0) return errno;
    const int server = ::accept4(listeners[at], nullptr, nullptr, SOCK_CLOEXEC);
    if (server < 0) return errno;
    const linger zero{end == ChurnEnd::reset ? 1 : 0, 0};
    ::setsockopt(client, SOL_SOCKET, SO_LINGER, &zero, sizeof zero);
    ::close(client);
    char byte = 0;
    const ssize_t n = ::recv(server, &byte, 1, 0);
    if (end == ChurnEnd::fin ? n != 0 : errno != ECONNRESET) return EPROTO;
    ::close(server);
  }
  for (const int listener : listeners) ::close(listener);
  return 0;
}

void must(const char* what, int error) { EXPECT_EQ(error, 0) << what << ": " << std::strerror(error); }

}  // namespace

void start_connecting(Peer& actor, const Address& from, const Address& to, int count) {
  actor.start(do_connect_many, from, to, count);
}
void finish_connecting(Peer& actor) { must("connecting a crowd", actor.finish<int>()); }
void accept_crowd(Peer& actor, int listener, int count) {
  must("accepting a crowd", actor.call(do_accept_many, listener, count));
}
void close_crowd(Peer& actor, int begin, int end) {
  must("closing a crowd", actor.call(do_close_many, begin, end, false));
}
void read_ends_and_close_crowd(Peer& actor, int begin, int end) {
  must("closing a crowd after the peer", actor.call(do_close_many, begin, end, true));
}
SocketFacts crowd_facts(Peer& actor, int index) { return actor.facts(actor.call(do_crowd_member, index)); }
void churn(Peer& actor, int count, ChurnEnd end) { must("churn", actor.call(do_churn, count, end)); }

}  // namespace conntrail::live
