// A ring that is too small: what is lost is known exactly.
#include <gtest/gtest.h>

#include <numeric>

#include "collector.h"
#include "netns.h"
#include "sockets.h"

namespace conntrail::test {
namespace {

constexpr std::size_t kConnections = 500;

// Each makes exactly five transitions per side, whatever the timing.
constexpr std::uint64_t kEventsPerConnection = 10;

void connections(int listener, std::uint16_t port) {
  for (std::size_t i = 0; i < kConnections; ++i) {
    UniqueFd client = connected(Flavour::inet, port);
    const UniqueFd server = accept_from(listener);
    client.reset();
    EXPECT_EQ(receive_text(server.get()), "");
  }
}

TEST(Loss, TriedIsReceivedPlusLost) {
  const PrivateNamespace net;
  const UniqueFd listener = listen_at_loopback();
  kernel::StreamOptions options;
  options.ring_bytes = 1;  // rounded up to a page: room for some 25 events
  Collector collector(net.inode(), options);
  connections(listener.get(), local_port(listener.get()));

  kernel::EventStream& stream = collector.stream();
  const std::uint64_t expected = kConnections * kEventsPerConnection;
  // The last acknowledgements may be delayed.
  collector.wait([&] { return stream.totals().tried >= expected; });
  collector.settle();
  const EventTotals totals = stream.totals();
  EXPECT_EQ(totals.tried, expected);
  EXPECT_EQ(totals.received, collector.events().size());
  EXPECT_EQ(totals.tried, totals.received + totals.lost);
  EXPECT_GT(totals.lost, 0U);
  EXPECT_GT(totals.received, 0U);

  const kernel::LossReport report = stream.take_loss();
  EXPECT_EQ(report.lost, totals.lost);
  EXPECT_EQ(report.lost_by_kind[static_cast<std::size_t>(EventKind::state)], totals.lost);
  EXPECT_EQ(stream.take_loss().lost, 0U) << "reported once";
}

// The ring goes round many times while it is read: every record arrives whole.
TEST(Loss, ASmallRingThatIsReadInTimeLosesNothing) {
  const PrivateNamespace net;
  const UniqueFd listener = listen_at_loopback();
  const auto port = local_port(listener.get());
  kernel::StreamOptions options;
  options.ring_bytes = std::size_t{16} << 10;
  Collector collector(net.inode(), options);
  std::vector<SocketEvent> events;
  const auto take = [&](const SocketEvent& event) { events.push_back(event); };
  for (std::size_t i = 0; i < kConnections; ++i) {
    UniqueFd client = connected(Flavour::inet, port);
    const UniqueFd server = accept_from(listener.get());
    client.reset();
    EXPECT_EQ(receive_text(server.get()), "");
    collector.stream().drain(take);
  }
  const MonoTime deadline = mono_now() + std::chrono::seconds(10);
  while (events.size() < kConnections * kEventsPerConnection && mono_now() < deadline)
    collector.stream().drain(take);
  EXPECT_EQ(events.size(), kConnections * kEventsPerConnection);
  EXPECT_EQ(collector.stream().totals().lost, 0U);
  for (const SocketEvent& event : events) EXPECT_EQ(event.tuple.netns, net.inode());
}

TEST(Loss, TheStreamIsRightAgainAfterwards) {
  const PrivateNamespace net;
  const UniqueFd listener = listen_at_loopback();
  const auto port = local_port(listener.get());
  kernel::StreamOptions options;
  options.ring_bytes = 4096;
  Collector collector(net.inode(), options);
  connections(listener.get(), port);
  collector.settle();
  ASSERT_GT(collector.stream().take_loss().lost, 0U);

  UniqueFd client = connected(Flavour::inet, port);
  const auto cookie = cookie_of(client.get());
  UniqueFd server = accept_from(listener.get());
  client.reset();
  EXPECT_TRUE(
      collector.wait_trail(cookie,
                           "CLOSE>SYN_SENT SYN_SENT>ESTABLISHED ESTABLISHED>FIN_WAIT1 FIN_WAIT1>FIN_WAIT2 "
                           "FIN_WAIT2>CLOSE"))
      << collector.trail(cookie);
  EXPECT_EQ(collector.stream().take_loss().lost, 0U);
}

}  // namespace
}  // namespace conntrail::test
