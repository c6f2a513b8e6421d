// A new connection on the same addresses ends a TIME_WAIT before its time: the same side connecting again
// (tcp_tw_reuse), and a SYN that a listener takes (RFC 9293 §3.10.7.4).
#include "scenario.h"

namespace conntrail::live {
namespace {

using std::chrono::milliseconds;

class Reuse : public Scenario {
 protected:
  int bound(const Address& address) {
    const int fd = client.open(address.family());
    client.bind(fd, address);
    return fd;
  }
  // With a bound client: an address that was taken with SO_REUSEADDR can be taken again while it is in
  // TIME_WAIT.
  Pair bound_pair(int listening) {
    Pair pair;
    pair.listener = listening;
    pair.listener_facts = server.facts(listening);
    pair.client = bound(loopback(GetParam()));
    client.connect(pair.client, pair.listener_facts.local);
    pair.server = server.accept(listening);
    pair.client_facts = client.facts(pair.client);
    pair.server_facts = server.facts(pair.server);
    return pair;
  }
};

TEST_P(Reuse, ByConnect) {
  net.sysctl("net.ipv4.tcp_tw_reuse", "1");
  trace();
  const Pair first = bound_pair(server.listen(loopback(GetParam())));
  client.close(first.client);
  server.read_end(first.server);
  server.close(first.server);
  EXPECT_TRUE(kernel_says(first.client_facts.cookie, "TIME_WAIT"));
  pause_for(
      milliseconds(2200));  // a time-wait socket may be reused when its last time stamp is over a second old

  const int fd = bound(first.client_facts.local);
  client.connect(fd, first.client_facts.remote);
  const int accepted = server.accept(first.listener);
  const SocketFacts again = client.facts(fd);
  const SocketFacts accepted_facts = server.facts(accepted);
  EXPECT_EQ(again.local.port(), first.client_facts.local.port());
  EXPECT_NE(again.cookie, first.client_facts.cookie);
  EXPECT_FALSE(ss_states().contains(first.client_facts.cookie))
      << "the kernel must have given the old one up";
  EXPECT_EQ(kernel_counter("TcpExt", "TWRecycled"), 1U);

  expect(
      {active("first", first.client_facts)
           .walk(client.party(),
                 {"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE"})
           .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = client.party()}),
       active("again", again).walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED"}),
       passive("first accepted", first.server_facts)
           .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
           .end({.reason = "normal", .closed_first = "remote", .owner = server.party()}),
       passive("again accepted", accepted_facts).walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED"}),
       the_listener(first)});
}

TEST_P(Reuse, ByIncomingSyn) {
  trace();
  const Pair first = bound_pair(server.listen(loopback(GetParam())));
  server.close(first.server);
  client.read_end(first.client);
  client.close(first.client);
  EXPECT_TRUE(kernel_says(first.server_facts.cookie, "TIME_WAIT"));
  pause_for(milliseconds(1200));

  const int fd = bound(first.client_facts.local);
  client.connect(fd, first.listener_facts.local);
  const int accepted = server.accept(first.listener);
  const SocketFacts again = client.facts(fd);
  const SocketFacts accepted_facts = server.facts(accepted);
  EXPECT_EQ(accepted_facts.remote.port(), first.server_facts.remote.port());
  EXPECT_FALSE(ss_states().contains(first.server_facts.cookie))
      << "the kernel must have given the old one up";

  expect(
      {active("first", first.client_facts)
           .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
           .end({.reason = "normal", .closed_first = "remote", .owner = client.party()}),
       active("again", again).walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED"}),
       passive("first accepted", first.server_facts)
           .walk(server.party(),
                 {"LISTEN", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE"})
           .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = server.party()}),
       passive("again accepted", accepted_facts).walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED"}),
       the_listener(first)});
}

INSTANTIATE_TEST_SUITE_P(Flavours, Reuse, all_flavours(), flavour_of);

}  // namespace
}  // namespace conntrail::live
