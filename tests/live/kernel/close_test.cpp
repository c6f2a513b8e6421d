// How sockets end: the CLOSE that is final, and the one that close(2) follows later.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector.h"
#include "netns.h"
#include "sockets.h"

namespace conntrail::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kClientOpen = "CLOSE>SYN_SENT SYN_SENT>ESTABLISHED ";
constexpr const char* kServerOpen = "LISTEN>SYN_RECV SYN_RECV>ESTABLISHED ";

class Close : public ::testing::Test {
 protected:
  bool ends(std::uint64_t cookie, const std::string& expected) {
    return collector_.wait_trail(cookie, expected);
  }
  SocketEvent last(std::uint64_t cookie, EventKind kind) {
    SocketEvent found;
    for (const SocketEvent& event : collector_.of(cookie))
      if (event.kind == kind) found = event;
    return found;
  }
  // Exactly one of: a final CLOSE, a destroy after the CLOSE.
  void expect_one_end(std::uint64_t cookie) {
    std::size_t final = 0;
    std::size_t destroyed = 0;
    for (const SocketEvent& event : collector_.of(cookie)) {
      if (event.kind == EventKind::state && event.final_close) ++final;
      if (event.kind == EventKind::destroy) ++destroyed;
    }
    EXPECT_EQ(final + destroyed, 1U) << collector_.trail(cookie);
  }

  PrivateNamespace net_;
  Collector collector_{net_.inode()};
};

TEST_F(Close, ServerFirst) {
  Pair pair = make_pair();
  const auto client = cookie_of(pair.client.get());
  const auto server = cookie_of(pair.server.get());
  pair.server.reset();
  EXPECT_EQ(receive_text(pair.client.get()), "");
  pair.client.reset();
  EXPECT_TRUE(
      ends(server, kServerOpen + std::string("ESTABLISHED>FIN_WAIT1 FIN_WAIT1>FIN_WAIT2 FIN_WAIT2>CLOSE")))
      << collector_.trail(server);
  EXPECT_TRUE(
      ends(client, kClientOpen + std::string("ESTABLISHED>CLOSE_WAIT CLOSE_WAIT>LAST_ACK LAST_ACK>CLOSE")))
      << collector_.trail(client);
  expect_one_end(client);
  expect_one_end(server);
}

TEST_F(Close, LingerZeroAndTheResetThatThePeerFinds) {
  Pair pair = make_pair();
  const auto client = cookie_of(pair.client.get());
  const auto server = cookie_of(pair.server.get());
  linger_zero(pair.client.get());
  pair.client.reset();
  EXPECT_TRUE(ends(client, kClientOpen + std::string("ESTABLISHED>CLOSE"))) << collector_.trail(client);
  EXPECT_TRUE(last(client, EventKind::state).final_close);
  EXPECT_TRUE(last(client, EventKind::state).owned);

  EXPECT_TRUE(ends(server, kServerOpen + std::string("ESTABLISHED>CLOSE"))) << collector_.trail(server);
  const SocketEvent reset = last(server, EventKind::state);
  EXPECT_EQ(reset.error, ECONNRESET);
  EXPECT_FALSE(reset.final_close) << "the descriptor is still there";
  EXPECT_FALSE(reset.owned);

  pair.server.reset();
  EXPECT_TRUE(ends(server, kServerOpen + std::string("ESTABLISHED>CLOSE destroy")))
      << collector_.trail(server);
  EXPECT_TRUE(last(server, EventKind::destroy).owned);
  EXPECT_EQ(last(server, EventKind::destroy).task_pid, static_cast<std::uint32_t>(getpid()));
  EXPECT_TRUE(last(server, EventKind::destroy).stats.has_value());
}

TEST_F(Close, UnreadData) {
  Pair pair = make_pair();
  const auto client = cookie_of(pair.client.get());
  const auto server = cookie_of(pair.server.get());
  send_text(pair.client.get(), "nobody reads this");
  pair.server.reset();
  EXPECT_TRUE(ends(server, kServerOpen + std::string("ESTABLISHED>CLOSE"))) << collector_.trail(server);
  EXPECT_TRUE(last(server, EventKind::state).final_close);
  pair.client.reset();
  EXPECT_TRUE(ends(client, kClientOpen + std::string("ESTABLISHED>CLOSE destroy")))
      << collector_.trail(client);
}

// Both sides end the stream with the sockets open: the kernel is done long before close(2).
TEST_F(Close, ShutdownThenCloseMuchLater) {
  Pair pair = make_pair();
  const auto client = cookie_of(pair.client.get());
  const auto server = cookie_of(pair.server.get());
  ASSERT_EQ(::shutdown(pair.client.get(), SHUT_WR), 0);
  EXPECT_EQ(receive_text(pair.server.get()), "");
  ASSERT_EQ(::shutdown(pair.server.get(), SHUT_WR), 0);
  EXPECT_EQ(receive_text(pair.client.get()), "");
  EXPECT_TRUE(
      ends(client, kClientOpen + std::string("ESTABLISHED>FIN_WAIT1 FIN_WAIT1>FIN_WAIT2 FIN_WAIT2>CLOSE")))
      << collector_.trail(client);
  EXPECT_TRUE(
      ends(server, kServerOpen + std::string("ESTABLISHED>CLOSE_WAIT CLOSE_WAIT>LAST_ACK LAST_ACK>CLOSE")))
      << collector_.trail(server);
  EXPECT_FALSE(last(client, EventKind::state).final_close);
  EXPECT_FALSE(last(server, EventKind::state).final_close);
  pair.client.reset();
  pair.server.reset();
  ASSERT_TRUE(collector_.wait([&] { return collector_.of(EventKind::destroy).size() == 2; }));
  expect_one_end(client);
  expect_one_end(server);
}

// The task that closes last is another one than the task that had connected.
TEST_F(Close, AChildClosesWhatThePeerHadReset) {
  Pair pair = make_pair();
  const auto server = cookie_of(pair.server.get());
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    char byte = 0;
    ::close(go[1]);
    ::_exit(::read(go[0], &byte, 1) == 1 ? 0 : 1);  // the exit closes the inherited sockets
  }
  pair.server.reset();
  pair.listener.reset();
  linger_zero(pair.client.get());
  // The child holds the client too: a shutdown would not do, but disconnecting resets at once.
  const sockaddr nowhere{.sa_family = AF_UNSPEC, .sa_data = {}};
  ASSERT_EQ(::connect(pair.client.get(), &nowhere, sizeof(nowhere)), 0);
  ASSERT_TRUE(ends(server, kServerOpen + std::string("ESTABLISHED>CLOSE"))) << collector_.trail(server);
  ASSERT_EQ(::write(go[1], "x", 1), 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ::close(go[0]);
  ::close(go[1]);
  ASSERT_TRUE(ends(server, kServerOpen + std::string("ESTABLISHED>CLOSE destroy")))
      << collector_.trail(server);
  EXPECT_EQ(last(server, EventKind::destroy).task_pid, static_cast<std::uint32_t>(child));
}

TEST_F(Close, AbortedConnectIsFinal) {
  const UniqueFd listener = listen_at_loopback();
  PrivateNamespace::drop("tcp dport " + std::to_string(local_port(listener.get())));
  UniqueFd client = tcp_socket(Flavour::inet, true);
  ASSERT_EQ(try_connect(client.get(), Flavour::inet, local_port(listener.get())), EINPROGRESS);
  const auto cookie = cookie_of(client.get());
  client.reset();
  EXPECT_TRUE(ends(cookie, "CLOSE>SYN_SENT SYN_SENT>CLOSE")) << collector_.trail(cookie);
  EXPECT_TRUE(last(cookie, EventKind::state).final_close);
  PrivateNamespace::undrop();
}

TEST_F(Close, AListenerShutDownIsNotGoneYet) {
  UniqueFd listener = listen_at_loopback();
  const auto cookie = cookie_of(listener.get());
  ASSERT_EQ(::shutdown(listener.get(), SHUT_RD), 0);
  ASSERT_TRUE(ends(cookie, "CLOSE>LISTEN LISTEN>CLOSE"));
  EXPECT_FALSE(last(cookie, EventKind::state).final_close);
  listener.reset();
  EXPECT_TRUE(ends(cookie, "CLOSE>LISTEN LISTEN>CLOSE destroy"));
}

TEST_F(Close, ASocketThatDidNothingIsSilent) {
  { const UniqueFd unused = tcp_socket(); }
  collector_.settle(200ms);
  EXPECT_TRUE(collector_.events().empty());
}

}  // namespace
}  // namespace conntrail::test
