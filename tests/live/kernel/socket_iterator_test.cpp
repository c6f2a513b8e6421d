// iter/tcp and iter/udp against what /proc/net prints for the same sockets.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>

#include "conntrail/kernel/iterators.h"
#include "must.h"
#include "netns.h"
#include "sockets.h"

namespace conntrail::test {
namespace {

// The columns of /proc/net/{tcp,udp}{,6} between the addresses and the reference count, as text, and the
// remaining time apart. `inode` is last.
struct Printed {
  std::string text;
  unsigned long ticks = 0;
};

using Table = std::multimap<std::string, Printed>;

std::string address_text(const Endpoint& endpoint) {
  std::string text;
  const std::size_t words = endpoint.address.family == Family::inet ? 1 : 4;
  char buffer[16];
  for (std::size_t i = 0; i < words; ++i) {
    std::uint32_t word = 0;
    std::memcpy(&word, endpoint.address.bytes.data() + 4 * i, 4);
    std::snprintf(buffer, sizeof(buffer), "%08X", word);
    text += buffer;
  }
  std::snprintf(buffer, sizeof(buffer), ":%04X", endpoint.port);
  return text + buffer;
}

// A row in the words of get_tcp4_sock() and udp4_format_sock().
Printed as_printed(const SocketRow& row) {
  char buffer[128];
  std::snprintf(buffer, sizeof(buffer), "%02X %08X:%08X %02X %08X %u %u %" PRIu64,
                static_cast<unsigned>(row.state), row.send_queue, row.receive_queue, row.timer_raw,
                row.retransmits, row.uid, row.probes, row.inode);
  return {buffer, row.timer_ticks};
}

Table from_proc(const std::string& name) {
  Table table;
  std::ifstream file("/proc/thread-self/net/" + name);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    char local[64];
    char remote[64];
    unsigned state = 0, tx = 0, rx = 0, timer = 0, retransmits = 0, uid = 0, probes = 0;
    unsigned long ticks = 0;
    unsigned long long inode = 0;
    const int fields =
        std::sscanf(line.c_str(), " %*d: %63s %63s %X %X:%X %X:%lX %X %u %u %llu", local, remote, &state, &tx,
                    &rx, &timer, &ticks, &retransmits, &uid, &probes, &inode);
    EXPECT_EQ(fields, 11) << line;
    char buffer[128];
    std::snprintf(buffer, sizeof(buffer), "%02X %08X:%08X %02X %08X %u %u %llu", state, tx, rx, timer,
                  retransmits, uid, probes, inode);
    table.emplace(std::string(local) + " " + remote, Printed{buffer, ticks});
  }
  return table;
}

class SocketIterator : public ::testing::Test {
 protected:
  std::vector<SocketRow> rows(Protocol protocol, Family family) {
    std::vector<SocketRow> found;
    const auto take = [&](const SocketRow& row) {
      EXPECT_EQ(row.protocol, protocol);
      EXPECT_EQ(row.tuple.netns, net_.inode());
      EXPECT_NE(row.cookie, 0U);
      if (row.tuple.family == family) found.push_back(row);
    };
    const auto done = protocol == Protocol::tcp ? iterators_.tcp(take) : iterators_.udp(take);
    EXPECT_TRUE(done) << format_error(done.error());
    return found;
  }

  void expect_as_in_proc(Protocol protocol, Family family, const std::string& file) {
    Table expected = from_proc(file);
    const std::vector<SocketRow> found = rows(protocol, family);
    EXPECT_EQ(found.size(), expected.size());
    for (const SocketRow& row : found) {
      const std::string name = address_text(row.tuple.local) + " " + address_text(row.tuple.remote);
      const Printed printed = as_printed(row);
      bool matched = false;
      auto [begin, end] = expected.equal_range(name);
      std::string seen;
      for (auto it = begin; it != end && !matched; ++it) {
        seen += "\n  " + it->second.text;
        // The clock went on between the two readings.
        const auto late = it->second.ticks > printed.ticks ? it->second.ticks - printed.ticks
                                                           : printed.ticks - it->second.ticks;
        if (it->second.text == printed.text && late <= 100) {
          expected.erase(it);
          matched = true;
          break;
        }
      }
      EXPECT_TRUE(matched) << name << "\n  " << printed.text << " ticks " << printed.ticks
                           << "\n/proc/net:" << seen;
    }
    EXPECT_TRUE(expected.empty()) << expected.size() << " sockets of /proc/net not found";
  }

  const SocketRow* find(const std::vector<SocketRow>& all, std::uint64_t cookie) {
    for (const SocketRow& row : all)
      if (row.cookie == cookie) return &row;
    return nullptr;
  }

  PrivateNamespace net_;
  kernel::SocketIterators iterators_ = must(kernel::SocketIterators::open());
};

constexpr std::chrono::nanoseconds kMinute = std::chrono::seconds(60);

TEST_F(SocketIterator, EveryKindOfTcpSocket) {
  for (const Flavour flavour : {Flavour::inet, Flavour::inet6, Flavour::mapped}) {
    SCOPED_TRACE(static_cast<int>(flavour));
    const Family family = flavour == Flavour::inet ? Family::inet : Family::inet6;
    // Established with queues both ways; one more connection waits for accept; keepalive runs on one.
    Pair pair = make_pair(flavour);
    send_text(pair.client.get(), "seven..");
    const UniqueFd waiting = connected(flavour, pair.port);
    const int on = 1;
    ASSERT_EQ(::setsockopt(pair.server.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)), 0);
    // TIME_WAIT and, on the other side, nothing.
    Pair done = make_pair(flavour);
    done.client.reset();
    EXPECT_EQ(receive_text(done.server.get()), "");
    done.server.reset();
    // FIN_WAIT2 time-wait socket and CLOSE_WAIT.
    Pair half = make_pair(flavour);
    half.client.reset();
    EXPECT_EQ(receive_text(half.server.get()), "");
    // FIN_WAIT2 of a full socket.
    Pair open_half = make_pair(flavour);
    ASSERT_EQ(::shutdown(open_half.client.get(), SHUT_WR), 0);
    EXPECT_EQ(receive_text(open_half.server.get()), "");
    ::usleep(100'000);  // acknowledgements

    const std::vector<SocketRow> all = rows(Protocol::tcp, family);
    const SocketRow* listener = find(all, cookie_of(pair.listener.get()));
    ASSERT_NE(listener, nullptr);
    EXPECT_EQ(listener->state, TcpState::listen);
    EXPECT_EQ(listener->receive_queue, 1U);
    EXPECT_EQ(listener->send_queue, 0U);
    EXPECT_EQ(listener->backlog, 16U);
    EXPECT_EQ(listener->inode, inode_of(pair.listener.get()));
    const SocketRow* server = find(all, cookie_of(pair.server.get()));
    ASSERT_NE(server, nullptr);
    EXPECT_EQ(server->receive_queue, 7U);
    EXPECT_EQ(server->timer, TimerKind::keepalive);
    EXPECT_GT(server->timer_left, kMinute * 60);
    EXPECT_EQ(server->tuple.remote.port, local_port(pair.client.get()));
    const SocketRow* shut = find(all, cookie_of(open_half.client.get()));
    ASSERT_NE(shut, nullptr);
    EXPECT_EQ(shut->shutdown, 2);
    EXPECT_EQ(shut->state, TcpState::fin_wait2);
    EXPECT_EQ(shut->kind, SocketKind::full);
    std::size_t time_wait = 0;
    std::size_t fin_wait2 = 0;
    for (const SocketRow& row : all) {
      if (row.kind != SocketKind::time_wait) continue;
      EXPECT_EQ(row.inode, 0U);
      EXPECT_EQ(row.timer, TimerKind::time_wait);
      EXPECT_GT(row.timer_left, kMinute - std::chrono::seconds(20));
      EXPECT_LT(row.timer_left, kMinute + std::chrono::seconds(5));
      ++(row.state == TcpState::time_wait ? time_wait : fin_wait2);
    }
    EXPECT_GE(time_wait, 1U);
    EXPECT_GE(fin_wait2, 1U);
    expect_as_in_proc(Protocol::tcp, Family::inet, "tcp");
    expect_as_in_proc(Protocol::tcp, Family::inet6, "tcp6");
  }
}

TEST_F(SocketIterator, RequestAndRetransmittingSockets) {
  const UniqueFd listener = listen_at_loopback();
  const auto port = local_port(listener.get());
  Pair pair = make_pair();
  PrivateNamespace::drop("tcp sport " + std::to_string(port));
  PrivateNamespace::nft("add rule inet t in tcp dport " + std::to_string(pair.port) + " drop");
  const UniqueFd client = tcp_socket(Flavour::inet, true);
  ASSERT_EQ(try_connect(client.get(), Flavour::inet, port), EINPROGRESS);
  send_text(pair.client.get(), "not acknowledged");
  ::usleep(1'700'000);  // between the retransmissions at 1 s and 3 s

  const std::vector<SocketRow> all = rows(Protocol::tcp, Family::inet);
  std::size_t requests = 0;
  for (const SocketRow& row : all) {
    if (row.kind != SocketKind::request) continue;
    ++requests;
    EXPECT_EQ(row.state, TcpState::syn_recv);
    EXPECT_EQ(row.timer, TimerKind::retransmit);
    EXPECT_EQ(row.inode, 0U);
    EXPECT_EQ(row.retransmits, 1U);
    EXPECT_EQ(row.tuple.local.port, port);
    EXPECT_EQ(row.tuple.remote.port, local_port(client.get()));
  }
  EXPECT_EQ(requests, 1U);
  const SocketRow* sender = find(all, cookie_of(pair.client.get()));
  ASSERT_NE(sender, nullptr);
  EXPECT_EQ(sender->send_queue, 16U);
  EXPECT_EQ(sender->timer, TimerKind::retransmit);
  EXPECT_GE(sender->retransmits, 1U);
  expect_as_in_proc(Protocol::tcp, Family::inet, "tcp");
  PrivateNamespace::undrop();
}

TEST_F(SocketIterator, UdpSockets) {
  const UniqueFd v4(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_GE(v4.get(), 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(v4.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const UniqueFd peer(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_GE(peer.get(), 0);
  address.sin_port = htons(local_port(v4.get()));
  ASSERT_EQ(::connect(peer.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  send_text(peer.get(), "waiting to be read");
  const UniqueFd v6(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_GE(v6.get(), 0);
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  ASSERT_EQ(::bind(v6.get(), reinterpret_cast<sockaddr*>(&any), sizeof(any)), 0);

  const std::vector<SocketRow> all = rows(Protocol::udp, Family::inet);
  ASSERT_EQ(all.size(), 2U);
  const SocketRow* receiver = find(all, cookie_of(v4.get()));
  ASSERT_NE(receiver, nullptr);
  EXPECT_GT(receiver->receive_queue, 0U);
  EXPECT_EQ(receiver->state, TcpState::close);
  const SocketRow* sender = find(all, cookie_of(peer.get()));
  ASSERT_NE(sender, nullptr);
  EXPECT_EQ(sender->state, TcpState::established);
  EXPECT_EQ(sender->tuple.remote.port, local_port(v4.get()));
  expect_as_in_proc(Protocol::udp, Family::inet, "udp");
  expect_as_in_proc(Protocol::udp, Family::inet6, "udp6");
}

TEST_F(SocketIterator, ManySocketsInSeveralReads) {
  // More than the kernel hands out at once (eight pages).
  constexpr std::size_t kPairs = 400;
  const UniqueFd listener = listen_at_loopback(Flavour::inet, 4096);
  std::vector<UniqueFd> clients;
  clients.reserve(kPairs);
  for (std::size_t i = 0; i < kPairs; ++i)
    clients.push_back(connected(Flavour::inet, local_port(listener.get())));
  std::map<std::uint64_t, int> seen;
  for (const SocketRow& row : rows(Protocol::tcp, Family::inet)) ++seen[row.cookie];
  EXPECT_EQ(seen.size(), 2 * kPairs + 1);
  for (const UniqueFd& client : clients) EXPECT_EQ(seen[cookie_of(client.get())], 1);
}

TEST_F(SocketIterator, TheReadersNamespaceDecides) {
  const UniqueFd here = listen_at_loopback();
  const PrivateNamespace inner;
  const UniqueFd there = listen_at_loopback();
  std::vector<std::uint64_t> cookies;
  ASSERT_TRUE(iterators_.tcp([&](const SocketRow& row) {
    cookies.push_back(row.cookie);
    EXPECT_EQ(row.tuple.netns, inner.inode());
  }));
  EXPECT_EQ(cookies, std::vector<std::uint64_t>{cookie_of(there.get())});
}

}  // namespace
}  // namespace conntrail::test
