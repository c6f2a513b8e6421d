// RST segments, sent and received.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>

#include "collector.h"
#include "netns.h"
#include "sockets.h"

namespace conntrail::test {
namespace {

class Resets : public ::testing::TestWithParam<Flavour> {
 protected:
  PrivateNamespace net_;
  Collector collector_{net_.inode()};
};

INSTANTIATE_TEST_SUITE_P(Flavours, Resets, ::testing::Values(Flavour::inet, Flavour::inet6, Flavour::mapped),
                         flavour_test_name<::testing::TestParamInfo<Flavour>>);

TEST_P(Resets, SentByOneSocketReceivedByTheOther) {
  Pair pair = make_pair(GetParam());
  const auto client = cookie_of(pair.client.get());
  const auto server = cookie_of(pair.server.get());
  const auto port = local_port(pair.client.get());
  linger_zero(pair.client.get());
  pair.client.reset();
  ASSERT_TRUE(collector_.wait([&] {
    return collector_.of(EventKind::reset_sent).size() == 1 &&
           collector_.of(EventKind::reset_received).size() == 1;
  }));
  const SocketEvent sent = collector_.of(EventKind::reset_sent)[0];
  EXPECT_EQ(sent.cookie, client);
  EXPECT_EQ(sent.tuple.local.port, port);
  EXPECT_EQ(sent.tuple.remote.port, pair.port);
  EXPECT_EQ(sent.tuple.netns, net_.inode());
  const SocketEvent received = collector_.of(EventKind::reset_received)[0];
  EXPECT_EQ(received.cookie, server);
  EXPECT_EQ(received.from, TcpState::established) << "before the transition";
  EXPECT_EQ(received.tuple.remote.port, port);
}

TEST_P(Resets, RefusedConnectIsAnsweredByNoSocket) {
  std::uint16_t closed_port = 0;
  {
    const UniqueFd listener = listen_at_loopback(GetParam());
    closed_port = local_port(listener.get());
  }
  UniqueFd client = tcp_socket(GetParam());
  const auto cookie = cookie_of(client.get());
  EXPECT_EQ(try_connect(client.get(), GetParam(), closed_port), ECONNREFUSED);
  ASSERT_TRUE(collector_.wait([&] { return collector_.trail(cookie) == "CLOSE>SYN_SENT SYN_SENT>CLOSE"; }));
  collector_.settle();

  const auto received = collector_.of(EventKind::reset_received);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(received[0].cookie, cookie);
  const SocketEvent closed = collector_.of(cookie).back();
  EXPECT_EQ(closed.error, ECONNREFUSED);
  EXPECT_FALSE(closed.final_close);

  const auto sent = collector_.of(EventKind::reset_sent);
  // Before Linux 6.10 a reset without a full socket behind it is not reported (sent is empty then).
  if (!sent.empty()) {
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].cookie, 0U);
    EXPECT_EQ(sent[0].sk, 0U);
    EXPECT_EQ(sent[0].tuple.netns, net_.inode());
    EXPECT_EQ(sent[0].tuple.local.port, closed_port);
    EXPECT_EQ(sent[0].tuple.remote.port, received[0].tuple.local.port);
    // The packet is IPv4 also where the socket is AF_INET6.
    EXPECT_EQ(sent[0].tuple.family, GetParam() == Flavour::inet6 ? Family::inet6 : Family::inet);
    EXPECT_EQ(sent[0].tuple.local.address.unmapped(), received[0].tuple.remote.address.unmapped());
    EXPECT_TRUE(sent[0].reset_reason.has_value());
  }
}

TEST_P(Resets, CanBeSwitchedOff) {
  kernel::StreamOptions options;
  options.resets = false;
  Collector silent(net_.inode(), options);
  Pair pair = make_pair(GetParam());
  const auto client = cookie_of(pair.client.get());
  linger_zero(pair.client.get());
  pair.client.reset();
  ASSERT_TRUE(silent.wait_trail(client, "CLOSE>SYN_SENT SYN_SENT>ESTABLISHED ESTABLISHED>CLOSE"));
  EXPECT_TRUE(silent.of(EventKind::reset_sent).empty());
  EXPECT_TRUE(silent.of(EventKind::reset_received).empty());
}

}  // namespace
}  // namespace conntrail::test
