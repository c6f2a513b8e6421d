// Connections that never came to be: refused, unanswered, given up.
#include <cerrno>

#include "scenario.h"

namespace conntrail::live {
namespace {

class Connect : public Scenario {
 protected:
  // A bound socket: its address is still known when connecting has failed.
  int bound_socket(std::uint16_t port = 0) {
    const int fd = client.open(loopback(GetParam()).family());
    client.bind(fd, loopback(GetParam(), port));
    return fd;
  }
  // A port at which nobody listens: this very moment's listener has gone.
  Address deserted_port() {
    const int listener = server.listen(loopback(GetParam()));
    const Address address = server.facts(listener).local;
    server.close(listener);
    return address;
  }
  SocketFacts facts_towards(int fd, const Address& to) {
    SocketFacts facts = client.facts(fd);
    facts.remote = to;
    return facts;
  }
};

TEST_P(Connect, Refused) {
  const Address nobody = deserted_port();
  trace();
  const int fd = bound_socket();
  const SocketFacts facts = facts_towards(fd, nobody);
  EXPECT_EQ(client.connect_error(fd, nobody), ECONNREFUSED);
  client.close(fd);
  expect({active("client", facts)
              .walk(client.party(), {"CLOSE", "SYN_SENT", "CLOSE"})
              .end({.reason = "refused",
                    .closed_first = "remote",
                    .error = "ECONNREFUSED",
                    .owner = client.party()})});
}

// The same descriptor tries again when somebody listens: two connections of one kernel socket. Only a port
// that was asked for stays with it.
TEST_P(Connect, RefusedThenAgain) {
  const Address address = deserted_port();
  trace();
  const int fd = bound_socket(9100);
  const SocketFacts facts = facts_towards(fd, address);
  EXPECT_EQ(client.connect_error(fd, address), ECONNREFUSED);
  const int listener_fd = server.listen(address);
  client.connect(fd, address);
  const int accepted = server.accept(listener_fd);
  const SocketFacts accepted_facts = server.facts(accepted);
  const SocketFacts listener_facts = server.facts(listener_fd);
  client.close(fd);
  server.read_end(accepted);
  server.close(accepted);
  expect({active("client", facts)
              .walk(client.party(), {"CLOSE", "SYN_SENT", "CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1",
                                     "FIN_WAIT2", "TIME_WAIT"})
              .end({.reason = "refused",
                    .closed_first = "remote",
                    .error = "ECONNREFUSED",
                    .owner = client.party()})
              .end({.reason = "normal",
                    .closed_first = "local",
                    .time_wait = true,
                    .owner = client.party(),
                    .bytes_sent = {},
                    .bytes_received = {}}),
          passive("server", accepted_facts)
              .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
              .end({.reason = "normal", .closed_first = "remote", .owner = server.party()}),
          listener("listener", listener_facts, server.party())});
}

TEST_P(Connect, BlackHole) {
  net.sysctl("net.ipv4.tcp_syn_retries", "1");
  const Address nobody = deserted_port();
  nft(nft_input("tcp dport " + std::to_string(nobody.port()) + " drop"));
  trace();
  const int fd = bound_socket();
  const SocketFacts facts = facts_towards(fd, nobody);
  EXPECT_EQ(client.connect_error(fd, nobody), ETIMEDOUT);
  client.close(fd);
  expect({active("client", facts)
              .walk(client.party(), {"CLOSE", "SYN_SENT", "CLOSE"})
              .end({.reason = "timeout",
                    .closed_first = "none",
                    .error = "ETIMEDOUT",
                    .owner = client.party()})});
  // How often a SYN is sent again depends on the kernel (tcp_syn_linear_timeouts); its own counter says it.
  const std::uint64_t sent_again = kernel_counter("Tcp", "RetransSegs");
  EXPECT_GE(sent_again, 1U);
  std::uint64_t retransmit_lines = 0;
  for (const Json& line : tool->lines()) {
    if (line.value("type", "") == "retransmit") ++retransmit_lines;
    if (line.value("type", "") == "end") {
      EXPECT_EQ(line.value("syn_retransmits", std::uint64_t{0}), sent_again) << line;
      EXPECT_EQ(line.value("retransmits", std::uint64_t{0}), sent_again) << line;
    }
  }
  EXPECT_EQ(retransmit_lines, sent_again);
}

// A non-blocking connect that its own process gives up.
TEST_P(Connect, GivenUpByClose) {
  const Address nobody = deserted_port();
  nft(nft_input("tcp dport " + std::to_string(nobody.port()) + " drop"));
  trace({"--no-retransmit"});
  const int fd = bound_socket();
  const SocketFacts facts = facts_towards(fd, nobody);
  client.connect_nonblocking(fd, nobody);
  EXPECT_EQ(client.state(fd), "SYN_SENT");
  client.close(fd);
  expect({active("client", facts)
              .walk(client.party(), {"CLOSE", "SYN_SENT", "CLOSE"})
              .end({.reason = "gave_up", .closed_first = "local", .owner = client.party()})});
}

// A firewall answers for the peer.
TEST_P(Connect, Unreachable) {
  const Address nobody = deserted_port();
  nft(nft_input("tcp dport " + std::to_string(nobody.port()) + " reject with icmpx type host-unreachable"));
  trace({"--no-retransmit"});
  const int fd = bound_socket();
  const SocketFacts facts = facts_towards(fd, nobody);
  EXPECT_EQ(client.connect_error(fd, nobody), EHOSTUNREACH);
  client.close(fd);
  expect({active("client", facts)
              .walk(client.party(), {"CLOSE", "SYN_SENT", "CLOSE"})
              .end({.reason = "unreachable",
                    .closed_first = "none",
                    .error = "EHOSTUNREACH",
                    .owner = client.party()})});
}

INSTANTIATE_TEST_SUITE_P(Flavours, Connect, all_flavours(), flavour_of);

}  // namespace
}  // namespace conntrail::live
