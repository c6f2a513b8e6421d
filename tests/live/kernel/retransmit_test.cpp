// Segments sent again, made by a firewall that drops them; counted against the kernel's own counters.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "collector.h"
#include "netns.h"
#include "sockets.h"

namespace conntrail::test {
namespace {

using namespace std::chrono_literals;

std::uint32_t total_retransmits(int fd) {
  tcp_info info{};
  socklen_t length = sizeof(info);
  EXPECT_EQ(::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
  return info.tcpi_total_retrans;
}

class Retransmits : public ::testing::Test {
 protected:
  std::size_t count(std::uint64_t cookie, EventKind kind) {
    std::size_t number = 0;
    for (const SocketEvent& event : collector_.of(cookie))
      if (event.kind == kind) ++number;
    return number;
  }
  PrivateNamespace net_;
  Collector collector_{net_.inode()};
};

TEST_F(Retransmits, OfDataAsManyAsTheSocketCounts) {
  Pair pair = make_pair();
  const auto client = cookie_of(pair.client.get());
  PrivateNamespace::drop("tcp dport " + std::to_string(pair.port));
  send_text(pair.client.get(), "lost at first");
  ASSERT_TRUE(collector_.wait([&] { return count(client, EventKind::retransmit) >= 3; }));
  PrivateNamespace::undrop();
  EXPECT_EQ(receive_text(pair.server.get()), "lost at first");
  collector_.settle();
  EXPECT_EQ(count(client, EventKind::retransmit), total_retransmits(pair.client.get()));
  EXPECT_EQ(count(cookie_of(pair.server.get()), EventKind::retransmit), total_retransmits(pair.server.get()));
  for (const SocketEvent& event : collector_.of(EventKind::retransmit)) {
    EXPECT_EQ(event.from, TcpState::established);
    EXPECT_EQ(event.to, TcpState::established);
    EXPECT_EQ(event.tuple.local.port, local_port(pair.client.get()));
    EXPECT_EQ(event.tuple.remote.port, pair.port);
  }
}

TEST_F(Retransmits, OfSynNameThePortThatWasChosen) {
  const UniqueFd listener = listen_at_loopback();
  PrivateNamespace::drop("tcp dport " + std::to_string(local_port(listener.get())));
  const UniqueFd client = tcp_socket(Flavour::inet, true);
  ASSERT_EQ(try_connect(client.get(), Flavour::inet, local_port(listener.get())), EINPROGRESS);
  const auto cookie = cookie_of(client.get());
  ASSERT_TRUE(collector_.wait([&] { return count(cookie, EventKind::retransmit) >= 1; }));
  PrivateNamespace::undrop();
  const SocketEvent event = collector_.of(EventKind::retransmit)[0];
  EXPECT_EQ(event.from, TcpState::syn_sent);
  EXPECT_EQ(event.tuple.local.port, local_port(client.get()));
  EXPECT_EQ(event.cookie, cookie);
}

TEST_F(Retransmits, OfSynAckCarryTheCookieThatTheConnectionWillHave) {
  const UniqueFd listener = listen_at_loopback();
  const auto port = local_port(listener.get());
  PrivateNamespace::drop("tcp sport " + std::to_string(port));
  const UniqueFd client = tcp_socket(Flavour::inet, true);
  ASSERT_EQ(try_connect(client.get(), Flavour::inet, port), EINPROGRESS);
  ASSERT_TRUE(collector_.wait([&] { return !collector_.of(EventKind::synack_retransmit).empty(); }));
  PrivateNamespace::undrop();
  pollfd writable{.fd = client.get(), .events = POLLOUT, .revents = 0};
  ASSERT_EQ(::poll(&writable, 1, 10'000), 1);
  const UniqueFd server = accept_from(listener.get());
  collector_.settle();
  for (const SocketEvent& event : collector_.of(EventKind::synack_retransmit)) {
    EXPECT_EQ(event.cookie, cookie_of(server.get()));
    EXPECT_EQ(event.from, TcpState::syn_recv);
    EXPECT_EQ(event.tuple.local.port, port);
    EXPECT_EQ(event.tuple.remote.port, local_port(client.get()));
    EXPECT_EQ(event.tuple.netns, net_.inode());
  }
}

TEST_F(Retransmits, CanBeSwitchedOff) {
  kernel::StreamOptions options;
  options.retransmits = false;
  Collector silent(net_.inode(), options);
  Pair pair = make_pair();
  PrivateNamespace::drop("tcp dport " + std::to_string(pair.port));
  send_text(pair.client.get(), "x");
  silent.settle(1500ms);
  EXPECT_GT(total_retransmits(pair.client.get()), 0U);
  EXPECT_TRUE(silent.of(EventKind::retransmit).empty());
  EXPECT_FALSE(silent.events().empty());
  PrivateNamespace::undrop();
}

}  // namespace
}  // namespace conntrail::test
