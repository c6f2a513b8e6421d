// A client that closed and a peer that never does: the kernel keeps FIN_WAIT2 for tcp_fin_timeout, in a
// time-wait socket that never reaches TIME_WAIT.
#include <cerrno>

#include "scenario.h"

namespace conntrail::live {
namespace {

class FinWait2 : public Scenario {};

TEST_P(FinWait2, OrphanExpires) {
  net.sysctl("net.ipv4.tcp_fin_timeout", "2");
  trace({"--no-reset"});
  const Pair pair = connect_pair(client, server, loopback(GetParam()));
  client.close(pair.client);
  server.read_end(pair.server);
  EXPECT_TRUE(kernel_says(pair.client_facts.cookie, "FIN_WAIT2"));
  EXPECT_TRUE(
      eventually([&] { return !ss_states().contains(pair.client_facts.cookie); }, std::chrono::seconds(10)));
  ExpectedSocket client_side =
      active("client", pair.client_facts)
          .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "CLOSE"})
          .end({.reason = "timeout", .closed_first = "local", .time_wait = true, .owner = client.party()});
  EXPECT_TRUE(all_came(*tool, {client_side}, std::chrono::seconds(3)))
      << "a gone FIN_WAIT2 is noticed within a second or two";
  // Nobody is there any more to take the server's FIN.
  server.close(pair.server);
  expect({client_side,
          passive("server", pair.server_facts)
              .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
              .end({.reason = "reset_by_peer",
                    .closed_first = "remote",
                    .error = "ECONNRESET",
                    .owner = server.party()}),
          the_listener(pair)});
}

// The peer closes late: FIN_WAIT2 → TIME_WAIT happens inside the time-wait socket, where no event tells it,
// and must be found within about a second.
TEST_P(FinWait2, PeerClosesLate) {
  trace();
  const Pair pair = connect_pair(client, server, loopback(GetParam()));
  client.close(pair.client);
  server.read_end(pair.server);
  pause_for(std::chrono::milliseconds(1500));
  EXPECT_TRUE(kernel_says(pair.client_facts.cookie, "FIN_WAIT2"));
  for (const Json& line : tool->lines())
    EXPECT_NE(line.value("to", ""), "TIME_WAIT") << "too early: " << line;
  server.close(pair.server);
  EXPECT_TRUE(kernel_says(pair.client_facts.cookie, "TIME_WAIT"));
  expect(
      {active("client", pair.client_facts)
           .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
           .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = client.party()}),
       passive("server", pair.server_facts)
           .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
           .end({.reason = "normal", .closed_first = "remote", .owner = server.party()}),
       the_listener(pair)},
      std::chrono::seconds(2));
}

INSTANTIATE_TEST_SUITE_P(Flavours, FinWait2, all_flavours(), flavour_of);

}  // namespace
}  // namespace conntrail::live
