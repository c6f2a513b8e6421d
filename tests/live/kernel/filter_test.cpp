// Filters that the kernel applies: nothing wanted is left out, nothing unwanted costs an event.
#include <gtest/gtest.h>

#include <cerrno>

#include "collector.h"
#include "conntrail/kernel/iterators.h"
#include "must.h"
#include "netns.h"
#include "sockets.h"

namespace conntrail::test {
namespace {

IpPrefix prefix(const std::string& address, std::uint8_t length) {
  return {.address = IpAddress::parse(address).value_or(IpAddress{}), .length = length};
}

// A connection of each flavour; their server ports and cookies.
struct Traffic {
  struct One {
    std::uint16_t port = 0;
    std::uint16_t client_port = 0;
    std::uint64_t listener = 0, client = 0, server = 0;
  };
  One v4, v6, mapped;
};

Traffic::One connection(Flavour flavour) {
  Pair pair = make_pair(flavour);
  Traffic::One one{.port = pair.port,
                   .client_port = local_port(pair.client.get()),
                   .listener = cookie_of(pair.listener.get()),
                   .client = cookie_of(pair.client.get()),
                   .server = cookie_of(pair.server.get())};
  pair.client.reset();
  (void)receive_text(pair.server.get());
  return one;
}

Traffic traffic() {
  return {connection(Flavour::inet), connection(Flavour::inet6), connection(Flavour::mapped)};
}

class Filters : public ::testing::Test {
 protected:
  void run(const kernel::KernelFilter& filter) {
    kernel::StreamOptions options;
    options.filter = filter;
    Collector collector(net_.inode(), options);
    traffic_ = traffic();
    collector.settle(std::chrono::milliseconds(300));
    events_ = collector.events();
    EXPECT_EQ(collector.stream().totals().tried, events_.size()) << "what is filtered out is not even tried";
    forget_unknown_children();
  }
  [[nodiscard]] std::size_t count(std::uint64_t cookie) const {
    std::size_t number = 0;
    for (const SocketEvent& event : events_)
      if (event.kind == EventKind::state && event.cookie == cookie) ++number;
    return number;
  }
  // Before Linux 6.15 the first event of a child passes every filter on addresses; without a second one
  // nobody can tell whose it is.
  void forget_unknown_children() {
    std::erase_if(events_, [&](const SocketEvent& event) {
      return event.clone_incomplete &&
             (event.cookie == traffic_.v4.listener || event.cookie == traffic_.v6.listener ||
              event.cookie == traffic_.mapped.listener);
    });
  }
  // A whole connection: both sides' five transitions.
  void expect_all(const Traffic::One& one) {
    EXPECT_EQ(count(one.client), 5U);
    EXPECT_EQ(count(one.server), 5U);
  }
  void expect_none(const Traffic::One& one) {
    EXPECT_EQ(count(one.client), 0U);
    EXPECT_EQ(count(one.server), 0U);
    EXPECT_EQ(count(one.listener), 0U);
  }

  PrivateNamespace net_;
  Traffic traffic_;
  std::vector<SocketEvent> events_;
};

TEST_F(Filters, NoneLetsAllThrough) {
  run({});
  expect_all(traffic_.v4);
  expect_all(traffic_.v6);
  expect_all(traffic_.mapped);
}

TEST_F(Filters, Family) {
  kernel::KernelFilter filter;
  filter.family = Family::inet;
  run(filter);
  expect_all(traffic_.v4);
  expect_none(traffic_.v6);
  expect_none(traffic_.mapped);
  filter.family = Family::inet6;
  run(filter);
  expect_none(traffic_.v4);
  expect_all(traffic_.v6);
  expect_all(traffic_.mapped);
}

TEST_F(Filters, AnIPv4PrefixMeansMappedAddressesToo) {
  kernel::KernelFilter filter;
  filter.remote_prefixes = {prefix("127.0.0.0", 8)};
  run(filter);
  expect_all(traffic_.v4);
  expect_all(traffic_.mapped);
  EXPECT_EQ(count(traffic_.v6.client) + count(traffic_.v6.server), 0U);
  EXPECT_EQ(count(traffic_.v4.listener), 2U) << "children take their owner from it";
}

TEST_F(Filters, AnIPv6Prefix) {
  kernel::KernelFilter filter;
  filter.local_prefixes = {prefix("::", 64)};
  run(filter);
  expect_none(traffic_.v4);
  expect_all(traffic_.v6);
  expect_all(traffic_.mapped);  // ::ffff:127.0.0.1 is in ::/64
  filter.local_prefixes = {prefix("::1", 128)};
  run(filter);
  expect_all(traffic_.v6);
  expect_none(traffic_.mapped);
}

TEST_F(Filters, OneOfAListIsEnoughAllCriteriaMustHold) {
  kernel::KernelFilter filter;
  filter.remote_prefixes = {prefix("192.0.2.0", 24), prefix("::1", 128)};
  run(filter);
  expect_all(traffic_.v6);
  EXPECT_EQ(count(traffic_.v4.client), 0U);
  filter.remote_prefixes = {prefix("127.0.0.1", 32)};
  filter.family = Family::inet6;
  run(filter);
  expect_all(traffic_.mapped);
  expect_none(traffic_.v4);
  EXPECT_EQ(count(traffic_.v6.client) + count(traffic_.v6.server), 0U);
}

TEST_F(Filters, AnotherNamespaceIsSilent) {
  kernel::StreamOptions options;
  Collector elsewhere(net_.inode() + 1, options);
  (void)traffic();
  elsewhere.settle();
  EXPECT_TRUE(elsewhere.events().empty());
  EXPECT_EQ(elsewhere.stream().totals().tried, 0U);
}

TEST_F(Filters, PortsOfEachSide) {
  // The listener first, so that its port is known before the stream opens.
  const UniqueFd wanted = listen_at_loopback();
  const UniqueFd other = listen_at_loopback();
  const auto port = local_port(wanted.get());
  kernel::StreamOptions servers;
  servers.filter.local_ports = {1, port};
  kernel::StreamOptions clients;
  clients.filter.remote_ports = {port};
  Collector server_side(net_.inode(), servers);
  Collector client_side(net_.inode(), clients);

  UniqueFd client = connected(Flavour::inet, port);
  UniqueFd server = accept_from(wanted.get());
  UniqueFd stranger = connected(Flavour::inet, local_port(other.get()));
  UniqueFd strangers_server = accept_from(other.get());
  const auto client_cookie = cookie_of(client.get());
  const auto server_cookie = cookie_of(server.get());
  const auto stranger_cookie = cookie_of(stranger.get());
  client.reset();
  (void)receive_text(server.get());
  server.reset();

  EXPECT_TRUE(client_side.wait_trail(client_cookie,
                                     "CLOSE>SYN_SENT SYN_SENT>ESTABLISHED ESTABLISHED>FIN_WAIT1 "
                                     "FIN_WAIT1>FIN_WAIT2 FIN_WAIT2>CLOSE"));
  EXPECT_EQ(client_side.complete_events(), 5U);
  EXPECT_TRUE(server_side.wait_trail(
      server_cookie,
      "LISTEN>SYN_RECV SYN_RECV>ESTABLISHED ESTABLISHED>CLOSE_WAIT CLOSE_WAIT>LAST_ACK LAST_ACK>CLOSE"));
  // A socket whose port is not chosen yet may become one that is wanted.
  EXPECT_EQ(server_side.trail(client_cookie), "CLOSE>SYN_SENT");
  EXPECT_EQ(server_side.trail(stranger_cookie), "CLOSE>SYN_SENT");
  const std::size_t incomplete = server_side.of(server_cookie)[0].clone_incomplete ? 1 : 0;
  EXPECT_EQ(server_side.complete_events(), 7U - incomplete);
}

TEST_F(Filters, OneOfTheTwoEnds) {
  kernel::KernelFilter filter;
  filter.either_prefixes = {prefix("127.0.0.0", 8)};
  run(filter);
  expect_all(traffic_.v4);
  expect_all(traffic_.mapped);
  EXPECT_EQ(count(traffic_.v6.client) + count(traffic_.v6.server), 0U);

  const UniqueFd wanted = listen_at_loopback();
  const UniqueFd other = listen_at_loopback();
  kernel::StreamOptions options;
  options.filter.either_ports = {1, local_port(wanted.get())};
  Collector collector(net_.inode(), options);
  UniqueFd client = connected(Flavour::inet, local_port(wanted.get()));
  UniqueFd server = accept_from(wanted.get());
  UniqueFd stranger = connected(Flavour::inet, local_port(other.get()));
  const UniqueFd strangers_server = accept_from(other.get());
  const auto client_cookie = cookie_of(client.get());
  const auto server_cookie = cookie_of(server.get());
  const auto stranger_cookie = cookie_of(stranger.get());
  stranger.reset();
  client.reset();
  (void)receive_text(server.get());
  server.reset();
  EXPECT_TRUE(collector.wait_trail(client_cookie,
                                   "CLOSE>SYN_SENT SYN_SENT>ESTABLISHED ESTABLISHED>FIN_WAIT1 "
                                   "FIN_WAIT1>FIN_WAIT2 FIN_WAIT2>CLOSE"));
  EXPECT_TRUE(collector.wait_trail(
      server_cookie,
      "LISTEN>SYN_RECV SYN_RECV>ESTABLISHED ESTABLISHED>CLOSE_WAIT CLOSE_WAIT>LAST_ACK LAST_ACK>CLOSE"));
  // A socket whose own port is not chosen yet may become one that is wanted.
  EXPECT_EQ(collector.trail(stranger_cookie), "CLOSE>SYN_SENT");
}

// An RST that answers a packet in the name of no socket belongs to no cgroup.
TEST_F(Filters, AResetOfNoSocketHasNoCgroup) {
  kernel::StreamOptions some;
  some.filter.cgroup_ids = {1'000'000'000};
  Collector cgroup(net_.inode(), some);
  std::uint16_t closed_port = 0;
  {
    const UniqueFd gone = listen_at_loopback();
    closed_port = local_port(gone.get());
  }
  const UniqueFd client = tcp_socket();
  EXPECT_EQ(try_connect(client.get(), Flavour::inet, closed_port), ECONNREFUSED);
  cgroup.settle(std::chrono::milliseconds(300));
  EXPECT_TRUE(cgroup.events().empty());
}

TEST_F(Filters, TheSocketsCgroup) {
  // The id as the iterator reads it from a socket of this very process.
  const kernel::SocketIterators iterators = must(kernel::SocketIterators::open());
  std::uint64_t own = 0;
  {
    const UniqueFd listener = listen_at_loopback();
    ASSERT_TRUE(iterators.tcp([&](const SocketRow& row) { own = row.cgroup_id; }));
  }
  ASSERT_NE(own, 0U);
  kernel::KernelFilter filter;
  filter.cgroup_ids = {own};
  run(filter);
  expect_all(traffic_.v4);
  filter.cgroup_ids = {own + 1'000'000};
  run(filter);
  expect_none(traffic_.v4);
  expect_none(traffic_.v6);
}

}  // namespace
}  // namespace conntrail::test
