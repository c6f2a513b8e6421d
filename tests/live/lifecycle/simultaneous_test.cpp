// Both sides at once: FINs that cross on the wire, and a socket connected to itself, which opens and closes
// at once.
#include "scenario.h"
#include "wire.h"

namespace conntrail::live {
namespace {

class Simultaneous : public Scenario {};

TEST_P(Simultaneous, Close) {
  // Segments that a packet socket delivers are routed like foreign ones, which may not come from 127.0.0.1
  // nor from any address of this host.
  net.sysctl("net.ipv4.conf.all.route_localnet", "1");
  net.sysctl("net.ipv4.conf.all.accept_local", "1");
  trace({"--no-retransmit"});
  Wire wire;
  const Pair pair = connect_pair(client, server, loopback(GetParam()));
  wire.hold_fins();
  client.close(pair.client);
  server.close(pair.server);
  wire.deliver_crossed_fins();
  EXPECT_TRUE(kernel_says(pair.client_facts.cookie, "CLOSING"));
  EXPECT_TRUE(kernel_says(pair.server_facts.cookie, "CLOSING"));
  wire.release();
  EXPECT_TRUE(kernel_says(pair.client_facts.cookie, "TIME_WAIT"));
  EXPECT_TRUE(kernel_says(pair.server_facts.cookie, "TIME_WAIT"));
  expect(
      {active("client", pair.client_facts)
           .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "CLOSING", "TIME_WAIT"})
           .end({.reason = "normal", .closed_first = "both", .time_wait = true, .owner = client.party()}),
       passive("server", pair.server_facts)
           .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "CLOSING", "TIME_WAIT"})
           .end({.reason = "normal", .closed_first = "both", .time_wait = true, .owner = server.party()}),
       the_listener(pair)});
}

// A socket bound to the port that it connects to meets its own SYN in SYN_SENT (simultaneous open, RFC 9293
// §3.5) and its own FIN in FIN_WAIT1.
TEST_P(Simultaneous, SelfConnect) {
  trace();
  const int fd = client.open(loopback(GetParam()).family());
  client.bind(fd, loopback(GetParam()));
  client.connect(fd, client.facts(fd).local);
  const SocketFacts facts = client.facts(fd);
  EXPECT_EQ(facts.local.port(), facts.remote.port());
  client.close(fd);
  expect(
      {active("self", facts)
           .walk(client.party(),
                 {"CLOSE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "CLOSING", "TIME_WAIT"})
           .end({.reason = "normal", .closed_first = "both", .time_wait = true, .owner = client.party()})});
}

INSTANTIATE_TEST_SUITE_P(Flavours, Simultaneous, all_flavours(), flavour_of);

}  // namespace
}  // namespace conntrail::live
