// What brought a connection to its end, beyond a FIN and an RST: the words of docs/records.md, each with what
// the kernel or the program itself says.
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>

#include "scenario.h"

namespace conntrail::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Ending : public Scenario {
 protected:
  Address home(std::uint16_t port = 0) { return loopback(GetParam(), port); }

  // The end of that socket as it is told in the end: the last "correction", or the "end" line.
  Json end_of(std::uint64_t cookie) {
    EXPECT_TRUE(tool->saw([&](const Json& line) { return is_end(line, cookie); }, seconds(5)));
    pause_for(milliseconds(300));  // a correction comes after 50 ms at the earliest
    Json last;
    for (const Json& line : tool->lines()) {
      if (is_end(line, cookie)) last = line;
    }
    return last;
  }
  std::string reason_of(std::uint64_t cookie) { return end_of(cookie).value("end_reason", ""); }

  static bool is_end(const Json& line, std::uint64_t cookie) {
    const std::string type = line.value("type", "");
    return (type == "end" || type == "correction") && line.value("cookie", std::uint64_t{0}) == cookie;
  }
};

int disconnect_socket(int fd) {
  sockaddr none{};
  none.sa_family = AF_UNSPEC;
  return ::connect(fd, &none, sizeof none);
}

int pending_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : -1;
}

TEST_P(Ending, NoFreePort) {
  net.sysctl("net.ipv4.ip_local_port_range", "40000 40001");
  const int listener = server.listen(home(9000));
  trace();
  const Address there = server.facts(listener).local;
  client.connect(there);
  client.connect(there);
  const int fd = client.open(there.family());
  EXPECT_EQ(client.connect_error(fd, there), EADDRNOTAVAIL);
  EXPECT_EQ(reason_of(client.facts(fd).cookie), "no_port") << "its descriptor is still open";
  client.close(fd);
  // The same for a socket that has had a port: that one is not this connection's.
  const int again = client.open(there.family());
  EXPECT_EQ(client.connect_error(again, home(9001)), ECONNREFUSED);
  EXPECT_EQ(client.connect_error(again, there), EADDRNOTAVAIL);
  const std::uint64_t cookie = client.facts(again).cookie;
  const auto is_second = [&](const Json& line) {
    return is_end(line, cookie) && line.value("remote_port", 0) == 9000;
  };
  ASSERT_TRUE(tool->saw(is_second, seconds(5))) << tool->out();
  const Json end = end_of(cookie);
  EXPECT_EQ(end.value("end_reason", ""), "no_port") << end;
  EXPECT_FALSE(end.contains("local_port")) << end;
  client.close(again);
}

// No SYN is sent: two sockets may be bound to one port, but not have one peer.
TEST_P(Ending, ThePortThatItIsBoundToIsTaken) {
  const int listener = server.listen(home(9000));
  trace();
  const Address there = server.facts(listener).local;
  std::vector<int> sockets;
  for (int i = 0; i < 2; ++i) {
    sockets.push_back(client.open(there.family()));
    client.bind(sockets.back(), home(9100));
  }
  client.connect(sockets[0], there);
  EXPECT_EQ(client.connect_error(sockets[1], there), EADDRNOTAVAIL);
  const Json end = end_of(client.facts(sockets[1]).cookie);
  EXPECT_EQ(end.value("end_reason", ""), "no_port") << end;
  EXPECT_EQ(end.value("local_port", 0), 9100) << end;
  client.close(sockets[0]);
  client.close(sockets[1]);
}

// inet_sport keeps the port of the connection that the socket had before.
TEST_P(Ending, ASocketThatConnectsAgainHasANewPort) {
  const int listener = server.listen(home(9000));
  trace();
  const int fd = client.open(home().family());
  EXPECT_EQ(client.connect_error(fd, home(9001)), ECONNREFUSED);
  client.connect(fd, home(9000));
  const int accepted = server.accept(listener);
  const SocketFacts facts = client.facts(fd);
  client.close(fd);
  server.read_end(accepted);
  server.close(accepted);
  const auto is_second = [&](const Json& line) {
    return is_end(line, facts.cookie) && line.value("remote_port", 0) == 9000;
  };
  ASSERT_TRUE(tool->saw(is_second, seconds(5))) << tool->out();
  for (const Json& line : tool->lines()) {
    const bool of_second = line.value("cookie", std::uint64_t{0}) == facts.cookie &&
                           line.value("remote_port", 0) == 9000 && line.value("to", "") != "SYN_SENT";
    if (of_second) {
      EXPECT_EQ(line.value("local_port", 0), facts.local.port()) << line;
    }
  }
}

// The firewall's answer arrives while connect() holds the socket: that does not end it.
TEST_P(Ending, RejectedByIcmp) {
  nft("table inet answers {\n chain out {\n  type filter hook output priority 0;\n"
      "  tcp dport 9000 reject with icmpx type host-unreachable\n }\n}\n");
  trace({"--no-retransmit"});
  const int fd = client.open(home().family());
  client.connect_nonblocking(fd, home(9000));
  EXPECT_EQ(client.state(fd), "SYN_SENT");
  // Over IPv6 the socket has nothing left of it once the program has asked.
  if (GetParam() != Flavour::v6) {
    EXPECT_EQ(client.call(&pending_error, fd), EHOSTUNREACH) << "what the program is told, once";
  }
  const SocketFacts facts = client.facts(fd);
  client.close(fd);
  const Json end = end_of(facts.cookie);
  EXPECT_EQ(end.value("end_reason", ""), "rejected") << end;
  EXPECT_EQ(end.value("error", ""), "EHOSTUNREACH") << end;
}

TEST_P(Ending, FallbackToTheAddressThatAnswered) {
  const bool six = GetParam() == Flavour::v6;
  if (six) test::must_run({"ip", "-6", "address", "add", "fd00::2/128", "dev", "lo", "nodad"});
  const char* silent_text = six ? "fd00::2" : GetParam() == Flavour::v4 ? "127.0.0.2" : "::ffff:127.0.0.2";
  const Address silent = Address::make(silent_text, 9000);
  nft(nft_input(std::string(six ? "ip6 daddr fd00::2" : "ip daddr 127.0.0.2") + " drop"));
  server.listen(home(9000));
  trace({"--no-retransmit"});
  const int slow = client.open(silent.family());
  client.connect_nonblocking(slow, silent);
  const SocketFacts slow_facts = client.facts(slow);
  pause_for(milliseconds(200));
  client.connect(home(9000));
  client.close(slow);
  const Json end = end_of(slow_facts.cookie);
  EXPECT_EQ(end.value("end_reason", ""), "fallback") << end;
  EXPECT_EQ(end.value("fallback_addr", ""), home().text()) << end;
}

// Data that comes after close() is answered with an RST: no time-wait socket, and no RST has come.
TEST_P(Ending, DataAfterClose) {
  trace();
  Pair pair = connect_pair(client, server, home());
  // Data that comes behind the FIN's acknowledgement finds a time-wait socket: then once more.
  constexpr int kAttempts = 20;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    client.close(pair.client);
    server.write(pair.server, 50);
    if (eventually([] { return kernel_counter("TcpExt", "TCPAbortOnData") == 1; }, milliseconds(300))) break;
    pair = connect_again(client, server, pair.listener);
  }
  ASSERT_EQ(kernel_counter("TcpExt", "TCPAbortOnData"), 1U);
  const Json end = end_of(pair.client_facts.cookie);
  EXPECT_EQ(end.value("end_reason", ""), "reset_by_local") << end;
  EXPECT_FALSE(end.value("time_wait", true)) << end;
  for (const Json& line : tool->lines()) {
    if (line.value("type", "") == "reset" &&
        line.value("cookie", std::uint64_t{0}) == pair.client_facts.cookie) {
      EXPECT_TRUE(line.value("sent", false)) << line;
    }
  }
}

// connect(AF_UNSPEC) empties the socket's counters before the socket goes.
TEST_P(Ending, StatisticsOutliveADisconnect) {
  trace();
  const Pair pair = connect_pair(client, server, home());
  client.write(pair.client, 500);
  server.read(pair.server, 500);
  EXPECT_EQ(client.call(&disconnect_socket, pair.client), 0);
  client.close(pair.client);
  const Json end = end_of(pair.client_facts.cookie);
  EXPECT_EQ(end.value("bytes_sent", std::uint64_t{0}), 500U) << end;
}

TEST_P(Ending, CloserThatWasKilled) {
  trace();
  const Pair pair = connect_pair(client, server, home());
  client.die(SIGKILL);
  server.read_end(pair.server);
  server.close(pair.server);
  EXPECT_EQ(end_of(pair.client_facts.cookie).value("closer_signal", 0), SIGKILL);
  EXPECT_FALSE(end_of(pair.server_facts.cookie).contains("closer_signal"));
}

TEST_P(Ending, CloserThatLeftByItself) {
  trace();
  const Pair pair = connect_pair(client, server, home());
  client.leave(3);
  server.read_end(pair.server);
  server.close(pair.server);
  EXPECT_FALSE(end_of(pair.client_facts.cookie).contains("closer_signal"));
}

// A handshake lasts from the first SYN-ACK, and the SYN-ACKs sent again are the server side's.
TEST_P(Ending, HandshakeThatTookLong) {
  const int listener = server.listen(home(9000));
  nft(nft_input("tcp dport 9000 tcp flags & (syn | ack | psh | fin) == ack drop"));
  trace();
  const std::uint64_t begin = monotonic_ns();
  client.connect(home(9000));  // the client is there at once, its ACK never arrives
  // The half-open connection has its line as soon as its SYN-ACK is sent again.
  EXPECT_TRUE(tool->saw(
      [](const Json& line) { return line.value("type", "") == "retransmit" && line.value("synack", false); },
      seconds(4)));
  nft_flush();
  const int accepted = server.accept(listener);  // with the next SYN-ACK
  const SocketFacts facts = server.facts(accepted);
  EXPECT_TRUE(tool->saw(
      [&](const Json& line) {
        return line.value("to", "") == "ESTABLISHED" &&
               line.value("cookie", std::uint64_t{0}) == facts.cookie;
      },
      seconds(5)));
  bool born = false;
  for (const Json& line : tool->lines()) {
    if (line.value("local_port", 0) != 9000 || !line.contains("remote_port")) continue;
    const std::string to = line.value("to", "");
    if (to == "SYN_RECV") {
      born = true;
      EXPECT_LT(line.value("mono_ns", std::uint64_t{0}) - begin, 500'000'000U) << line;
    }
    if (to == "ESTABLISHED") {
      EXPECT_GE(line.value("after_us", 0.0), 900'000.0) << line;
    }
    if (line.value("type", "") == "retransmit") {
      EXPECT_EQ(line.value("pid", 0U), server.party().pid) << line;
    }
  }
  EXPECT_TRUE(born);
  server.close(accepted);
  const Json end = end_of(facts.cookie);
  EXPECT_GE(end.value("syn_retransmits", 0U), 1U) << end;
}

INSTANTIATE_TEST_SUITE_P(Flavours, Ending, all_flavours(), flavour_of);

}  // namespace
}  // namespace conntrail::live
