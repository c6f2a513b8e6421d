// Samples of a host against the kernel's truth: its files, nstat, ss and what this test did.
#include "conntrail/snapshot/host_sample.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include "child.h"
#include "command.h"
#include "conntrail/base/text.h"
#include "every_state.h"
#include "netns.h"
#include "sockets.h"

namespace conntrail::snapshot {
namespace {

using test::Flavour;

HostSample must_sample(const NetworkNamespace& target) {
  HostSamples taken = sample_hosts(std::span(&target, 1));
  if (taken.samples.empty()) throw std::runtime_error(taken.notes.empty() ? "gone" : taken.notes.front());
  return std::move(taken.samples.front());
}

// A value whose name is not a constant.
std::optional<std::int64_t> named(const HostSample& sample, const std::string& name) {
  const auto found = std::ranges::find(sample.values, name, &NamedValue::name);
  return found == sample.values.end() ? std::nullopt : std::optional(found->value);
}

HostSample own_sample() { return must_sample(*own_namespace()); }

// Counters as nstat prints them: "TcpExtTW   123   0.0".
std::map<std::string, std::int64_t> nstat() {
  std::map<std::string, std::int64_t> counters;
  const std::string text = test::must_run({"nstat", "-asz"});
  for (const auto line : split(text, '\n')) {
    const auto words = split_words(line);
    if (words.size() < 2 || words[0].starts_with('#')) continue;
    counters[std::string(words[0])] = parse_number<std::int64_t>(words[1]).value_or(-1);
  }
  return counters;
}

const ListenerSample* find_listener(const HostSample& sample, std::uint64_t cookie) {
  for (const auto& one : sample.listeners) {
    if (one.cookie == cookie) return &one;
  }
  return nullptr;
}

// A list of some 190 kB. The kernel takes a page at a time; further writes to one descriptor add to it.
void reserve_every_second_port() {
  const UniqueFd fd(::open("/proc/sys/net/ipv4/ip_local_reserved_ports", O_WRONLY | O_CLOEXEC));
  for (int port = 1; port < 65536; port += 1000) {
    std::string list;
    for (int next = port; next < std::min(port + 1000, 65536); next += 2) list += std::to_string(next) + ",";
    list.back() = '\n';
    if (::write(fd.get(), list.data(), list.size()) < 0) throw std::runtime_error("ip_local_reserved_ports");
  }
}

class HostSampleLive : public testing::Test {
 protected:
  std::optional<test::PrivateNamespace> net_;  // first: what is made in it goes before it
  void SetUp() override {
    ASSERT_TRUE(test::is_root()) << "live tests need root";
    net_.emplace();
  }
};

TEST_F(HostSampleLive, CountersAreNstats) {
  for (int i = 0; i < 3; ++i) (void)test::make_link(Flavour::inet);
  (void)test::make_link(Flavour::inet6);
  // Nothing of this test is under way any more; what timers may still count is not compared.
  const HostSample sample = own_sample();
  const auto truth = nstat();
  EXPECT_EQ(sample.netns, test::current_namespace());
  int compared = 0;
  for (const auto& [name, value] : sample.values) {
    if (!name.starts_with("Tcp")) continue;
    const std::size_t dot = name.find('.');
    const auto found = truth.find(name.substr(0, dot) + name.substr(dot + 1));
    if (found == truth.end()) continue;  // nstat leaves out the constants of Tcp
    ++compared;
    EXPECT_EQ(value, found->second) << name;
  }
  EXPECT_GT(compared, 100);
  EXPECT_EQ(sample.find(CounterName("Tcp.ActiveOpens")), 4);
  EXPECT_EQ(sample.find(CounterName("Tcp.MaxConn")), -1);
  EXPECT_FALSE(sample.find(CounterName("TcpExt.NoSuchCounter")));
  EXPECT_TRUE(std::ranges::is_sorted(sample.values, {}, &NamedValue::name));
}

TEST_F(HostSampleLive, SockstatCountsWhatIsThere) {
  const auto link = test::make_link(Flavour::inet);
  const UniqueFd listener = test::listen_at_loopback(Flavour::inet6, 3);
  {
    auto closed = test::make_link(Flavour::inet);
    closed.client.reset();
    test::wait_until("the FIN",
                     [&] { return test::tcp_state_of(closed.server.get()) == TcpState::close_wait; });
  }
  test::wait_until("one time-wait socket", [] { return own_sample().find(counter::kTimeWaitSockets) == 1; });
  const HostSample sample = own_sample();
  EXPECT_EQ(sample.find(CounterName("sockstat.TCP.inuse")), 2);
  EXPECT_EQ(sample.find(CounterName("sockstat.TCP6.inuse")), 1);
}

TEST_F(HostSampleLive, SettingsOfThisNamespace) {
  test::write_file("/proc/sys/net/ipv4/ip_local_port_range", "20000 20099");
  test::write_file("/proc/sys/net/ipv4/ip_local_reserved_ports", "19999,20000,20010-20019");
  test::write_file("/proc/sys/net/ipv4/tcp_max_tw_buckets", "777");
  test::write_file("/proc/sys/net/core/somaxconn", "321");
  const HostSample sample = own_sample();
  EXPECT_EQ(sample.find(CounterName("sysctl.ip_local_port_range.low")), 20000);
  EXPECT_EQ(sample.find(CounterName("sysctl.ip_local_port_range.high")), 20099);
  EXPECT_EQ(sample.find(CounterName("sysctl.ip_local_reserved_ports.in_range")), 11);
  EXPECT_EQ(sample.find(CounterName("sysctl.tcp_max_tw_buckets")), 777);
  EXPECT_EQ(sample.find(setting::kSomaxconn), 321);
  for (const char* name : {"tcp_tw_reuse", "tcp_fin_timeout", "tcp_timestamps", "tcp_max_syn_backlog",
                           "tcp_syncookies", "tcp_syn_retries", "tcp_synack_retries", "tcp_abort_on_overflow",
                           "tcp_retries2", "tcp_keepalive_time", "tcp_recovery", "tcp_ecn", "tcp_fastopen"}) {
    const std::string text = test::read_file(std::string("/proc/sys/net/ipv4/") + name);
    const auto words = split_words(trim(text));
    EXPECT_EQ(named(sample, std::string("sysctl.") + name), parse_number<std::int64_t>(words[0])) << name;
  }
  reserve_every_second_port();
  EXPECT_EQ(own_sample().find(CounterName("sysctl.ip_local_reserved_ports.in_range")), 50);
}

TEST_F(HostSampleLive, ListenersAreThoseOfSs) {
  const test::EveryState sockets;
  const HostSample sample = own_sample();
  std::multiset<std::string> found;
  for (const auto& one : sample.listeners) {
    found.insert(std::to_string(one.accept_queue) + " " + std::to_string(one.backlog) + " " +
                 std::to_string(one.local.port) + " " + fmt::format("{:x}", one.cookie));
  }
  std::multiset<std::string> truth;
  const std::string text = test::must_run({"ss", "-Htlne"});
  for (const auto line : split(text, '\n')) {
    const auto words = split_words(line);  // LISTEN 2 5 127.0.0.1:41527 0.0.0.0:* … sk:1a2b …
    if (words.size() < 5) continue;
    std::string cookie;
    for (const auto word : words) {
      if (word.starts_with("sk:")) cookie = word.substr(3);
    }
    truth.insert(std::string(words[1]) + " " + std::string(words[2]) + " " +
                 std::string(words[3].substr(words[3].rfind(':') + 1)) + " " + cookie);
  }
  EXPECT_EQ(found, truth);
  EXPECT_GE(truth.size(), 6U);
  // Half-open: each flavour has two listeners with one request each.
  std::map<std::uint16_t, std::uint32_t> requests;
  for (const auto& expected : sockets.sockets()) {
    if (expected.kind == SocketKind::request) ++requests[expected.tuple.local.port];
  }
  EXPECT_EQ(requests.size(), 6U);
  std::map<std::uint16_t, std::uint32_t> counted;
  for (const auto& one : sample.listeners) {
    if (one.half_open > 0) counted[one.local.port] = one.half_open;
  }
  EXPECT_EQ(counted, requests);
}

// IPv4 clients of a listener on the IPv6 wildcard.
TEST_F(HostSampleLive, HalfOpenOnTheWildcard) {
  UniqueFd listener = test::tcp_socket(Flavour::inet6);
  ASSERT_EQ(::listen(listener.get(), 16), 0);
  const std::uint16_t port = test::local_endpoint(listener.get()).port;
  test::must_run({"nft", "add", "table", "inet", "t"});
  test::must_run({"nft", "add", "chain", "inet", "t", "input", "{ type filter hook input priority 0 ; }"});
  test::must_run({"nft", "add", "rule", "inet", "t", "input", "tcp", "sport", std::to_string(port), "drop"});
  std::vector<UniqueFd> clients;
  for (const Flavour flavour : {Flavour::inet, Flavour::inet, Flavour::inet6}) {
    clients.push_back(test::tcp_socket(flavour));
    test::connect_to(clients.back().get(), {test::loopback_of(flavour), port}, true);
  }
  test::wait_until("three requests", [&] {
    const HostSample sample = own_sample();
    const ListenerSample* one = find_listener(sample, test::cookie_of(listener.get()));
    return one != nullptr && one->half_open == 3;
  });
}

TEST_F(HostSampleLive, DropsOfAFullListener) {
  const UniqueFd full = test::listen_at_loopback(Flavour::inet, 1);
  const UniqueFd idle = test::listen_at_loopback(Flavour::inet, 1);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(test::tcp_socket(Flavour::inet));
    test::connect_to(clients.back().get(), test::local_endpoint(full.get()), true);
  }
  test::wait_until("drops", [] { return own_sample().find(counter::kListenDrops).value_or(0) > 0; });
  const HostSample sample = own_sample();
  const ListenerSample* one = find_listener(sample, test::cookie_of(full.get()));
  const ListenerSample* other = find_listener(sample, test::cookie_of(idle.get()));
  ASSERT_NE(one, nullptr);
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(one->accept_queue, 2U) << "one more than the backlog, as the kernel does";
  EXPECT_EQ(one->backlog, 1U);
  EXPECT_NEAR(one->drops, static_cast<double>(*sample.find(counter::kListenDrops)), 2.0)
      << "SYNs go on meanwhile";
  EXPECT_GT(one->drops, 0U);
  EXPECT_EQ(other->drops, 0U);
}

TEST_F(HostSampleLive, OfAnotherNamespace) {
  const test::NamedNamespace other;
  std::optional<UniqueFd> listener;
  test::in_namespace(other.path(), [&] {
    listener = test::listen_at_loopback(Flavour::inet, 9);
    test::write_file("/proc/sys/net/ipv4/tcp_max_tw_buckets", "4321");
  });
  const HostSample sample = must_sample(*find_namespace(other.name()));
  EXPECT_EQ(sample.netns, other.inode());
  EXPECT_EQ(sample.find(CounterName("sysctl.tcp_max_tw_buckets")), 4321);
  EXPECT_EQ(sample.find(CounterName("sockstat.TCP.inuse")), 1);
  ASSERT_EQ(sample.listeners.size(), 1U);
  EXPECT_EQ(sample.listeners[0].backlog, 9U);
}

TEST_F(HostSampleLive, OccupiedOnly) {
  const test::NamedNamespace empty;
  const UniqueFd listener = test::listen_at_loopback(Flavour::inet, 9);
  const std::vector targets{*find_namespace(empty.name()), *own_namespace()};
  EXPECT_EQ(sample_hosts(targets).samples.size(), 2U);
  const HostSamples occupied = sample_hosts(targets, true);
  ASSERT_EQ(occupied.samples.size(), 1U);
  EXPECT_EQ(occupied.samples[0].netns, test::current_namespace());
  EXPECT_TRUE(occupied.notes.empty());
}

TEST_F(HostSampleLive, GoneNamespace) {
  std::optional<NetworkNamespace> target;
  {
    const test::NamedNamespace gone;
    target = *find_namespace(gone.name());
  }
  const HostSamples none = sample_hosts(std::span(&*target, 1));
  EXPECT_TRUE(none.samples.empty());
  EXPECT_TRUE(none.notes.empty()) << "it has just gone: nothing is missing";
}

// Counters and settings are anyone's to read; without netlink the listeners are missing, and a note says so.
TEST_F(HostSampleLive, WithoutPrivilege) {
  const UniqueFd listener = test::listen_at_loopback(Flavour::inet, 9);
  const std::string told = test::in_child([] {
    test::become_nobody();
    test::forbid_netlink();
    const std::vector targets{*own_namespace()};
    const HostSamples samples = sample_hosts(targets);
    if (samples.samples.size() != 1 || samples.notes.size() != 1) return std::string("no sample or no note");
    const HostSample& sample = samples.samples[0];
    if (!sample.find(CounterName("Tcp.ActiveOpens")) || !sample.find(setting::kTcpTwReuse))
      return std::string("values");
    if (!sample.listeners.empty()) return std::string("listeners");
    return samples.notes[0];
  });
  EXPECT_NE(told.find("sock_diag"), std::string::npos) << told;
}

}  // namespace
}  // namespace conntrail::snapshot
