// The exact events of an ordinary connection, told by the sockets themselves (SO_COOKIE, getsockname).
#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "collector.h"
#include "netns.h"
#include "sockets.h"

namespace conntrail::test {
namespace {

std::string own_comm() {
  std::ifstream file("/proc/self/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

class Sequence : public ::testing::TestWithParam<Flavour> {
 protected:
  PrivateNamespace net_;
  Collector collector_{net_.inode()};
};

INSTANTIATE_TEST_SUITE_P(Flavours, Sequence,
                         ::testing::Values(Flavour::inet, Flavour::inet6, Flavour::mapped),
                         flavour_test_name<::testing::TestParamInfo<Flavour>>);

TEST_P(Sequence, ClientClosesFirst) {
  Pair pair = make_pair(GetParam());
  const std::uint64_t listener = cookie_of(pair.listener.get());
  const std::uint64_t client = cookie_of(pair.client.get());
  const std::uint64_t server = cookie_of(pair.server.get());
  const std::uint16_t client_port = local_port(pair.client.get());
  send_text(pair.client.get(), "question");
  EXPECT_EQ(receive_text(pair.server.get()), "question");
  send_text(pair.server.get(), "an answer");
  EXPECT_EQ(receive_text(pair.client.get()), "an answer");
  pair.client.reset();
  EXPECT_EQ(receive_text(pair.server.get()), "");
  pair.server.reset();
  pair.listener.reset();

  ASSERT_TRUE(collector_.wait_trail(listener, "CLOSE>LISTEN LISTEN>CLOSE")) << collector_.trail(listener);
  EXPECT_TRUE(
      collector_.wait_trail(client,
                            "CLOSE>SYN_SENT SYN_SENT>ESTABLISHED ESTABLISHED>FIN_WAIT1 FIN_WAIT1>FIN_WAIT2 "
                            "FIN_WAIT2>CLOSE"))
      << collector_.trail(client);
  ASSERT_TRUE(collector_.wait_trail(
      server,
      "LISTEN>SYN_RECV SYN_RECV>ESTABLISHED ESTABLISHED>CLOSE_WAIT CLOSE_WAIT>LAST_ACK LAST_ACK>CLOSE"))
      << collector_.trail(server);
  EXPECT_EQ(collector_.events().size(), 12U);

  const Family family = GetParam() == Flavour::inet ? Family::inet : Family::inet6;
  const char* const loopback_text = GetParam() == Flavour::inet    ? "127.0.0.1"
                                    : GetParam() == Flavour::inet6 ? "::1"
                                                                   : "::ffff:127.0.0.1";
  const IpAddress loopback = IpAddress::parse(loopback_text).value_or(IpAddress{});
  for (const SocketEvent& event : collector_.events()) {
    EXPECT_EQ(event.tuple.netns, net_.inode());
    EXPECT_EQ(event.tuple.family, family);
    if (!event.clone_incomplete) {
      EXPECT_EQ(event.tuple.local.address, loopback);
    }
    EXPECT_EQ(event.socket_uid, 0U);
    EXPECT_EQ(event.error, 0);
    if (event.owned) {
      EXPECT_EQ(event.task_pid, static_cast<std::uint32_t>(getpid()));
      EXPECT_EQ(event.comm(), own_comm());
    }
  }
  const auto of_client = collector_.of(client);
  ASSERT_EQ(of_client.size(), 5U);
  EXPECT_EQ(of_client[0].tuple.local.port, 0) << "the port is chosen after the transition";
  EXPECT_EQ(of_client[0].tuple.remote.port, pair.port);
  EXPECT_EQ(of_client[1].tuple.local.port, client_port);
  EXPECT_TRUE(of_client[0].owned);
  EXPECT_TRUE(of_client[2].owned);
  const auto of_server = collector_.of(server);
  ASSERT_EQ(of_server.size(), 5U);
  if (of_server[0].clone_incomplete) {  // before Linux 6.15
    ASSERT_EQ(collector_.clones().size(), 1U);
    EXPECT_EQ(collector_.clones()[0].listener, listener);
  } else {
    EXPECT_EQ(of_server[0].tuple.local.port, pair.port);
    EXPECT_EQ(of_server[0].tuple.remote.port, client_port);
  }
  EXPECT_EQ(of_server[1].tuple.local.port, pair.port);
  EXPECT_EQ(of_server[1].tuple.remote.port, client_port);
  EXPECT_TRUE(of_server[3].owned);
  EXPECT_TRUE(of_server[2].sock_done);

  const SocketEvent& hand_over = of_client[4];
  EXPECT_TRUE(hand_over.final_close);
  EXPECT_EQ(hand_over.tw_count, 1U);
  std::ifstream sysctl("/proc/sys/net/ipv4/tcp_max_tw_buckets");
  std::uint32_t buckets = 0;
  sysctl >> buckets;
  EXPECT_EQ(hand_over.tw_max, buckets);
  ASSERT_TRUE(hand_over.stats.has_value());
  const SocketStats client_stats = hand_over.stats.value_or(SocketStats{});
  EXPECT_EQ(client_stats.bytes_sent, 8U);
  EXPECT_EQ(client_stats.bytes_received, 9U);
  ASSERT_TRUE(of_server[4].stats.has_value());
  const SocketStats server_stats = of_server[4].stats.value_or(SocketStats{});
  EXPECT_EQ(server_stats.bytes_sent, 9U);
  EXPECT_EQ(server_stats.bytes_received, 8U);
  EXPECT_GT(server_stats.srtt_us, 0U);
  EXPECT_TRUE(of_server[4].final_close);
}

TEST_P(Sequence, ATimeIsTakenOnTheMonotonicClock) {
  const MonoTime before = mono_now();
  const UniqueFd listener = listen_at_loopback(GetParam());
  const MonoTime after = mono_now();
  const std::uint64_t cookie = cookie_of(listener.get());
  ASSERT_TRUE(collector_.wait([&] { return !collector_.of(cookie).empty(); }));
  const SocketEvent event = collector_.of(cookie)[0];
  EXPECT_GE(event.time, before);
  EXPECT_LE(event.time, after);
}

// Thread names mislead ("tokio-runtime-w"): the process is called by its leader's name.
TEST(SequenceNames, AThreadIsCalledByItsProcess) {
  const PrivateNamespace net;
  Collector collector(net.inode());
  std::uint64_t cookie = 0;
  std::thread([&] {
    pthread_setname_np(pthread_self(), "some-thread");
    const UniqueFd listener = listen_at_loopback();
    cookie = cookie_of(listener.get());
  }).join();
  ASSERT_TRUE(collector.wait_trail(cookie, "CLOSE>LISTEN LISTEN>CLOSE"));
  EXPECT_EQ(collector.of(cookie)[0].comm(), own_comm());
  EXPECT_EQ(collector.of(cookie)[0].task_pid, static_cast<std::uint32_t>(getpid()));
}

}  // namespace
}  // namespace conntrail::test
