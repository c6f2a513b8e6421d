// Orderly ends: who sends the first FIN, with and without half-close, by close, by exit and by a signal.
#include <csignal>

#include "scenario.h"

namespace conntrail::live {
namespace {

using std::chrono::milliseconds;

class Close : public Scenario {};

TEST_P(Close, ClientFirst) {
  trace();
  const Pair pair = connect_pair(client, server, loopback(GetParam()));
  client.write(pair.client, 1000);
  server.read(pair.server, 1000);
  server.write(pair.server, 70000);
  client.read(pair.client, 70000);
  client.close(pair.client);
  server.read_end(pair.server);
  server.close(pair.server);
  EXPECT_TRUE(kernel_says(pair.client_facts.cookie, "TIME_WAIT"));
  expect(
      {active("client", pair.client_facts)
           .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
           .end({.reason = "normal",
                 .closed_first = "local",
                 .time_wait = true,
                 .owner = client.party(),
                 .bytes_sent = 1000,
                 .bytes_received = 70000}),
       passive("server", pair.server_facts)
           .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
           .end({.reason = "normal",
                 .closed_first = "remote",
                 .owner = server.party(),
                 .bytes_sent = 70000,
                 .bytes_received = 1000}),
       the_listener(pair)});
}

TEST_P(Close, ServerFirst) {
  trace();
  const Pair pair = connect_pair(client, server, loopback(GetParam()));
  server.close(pair.server);
  client.read_end(pair.client);
  client.close(pair.client);
  EXPECT_TRUE(kernel_says(pair.server_facts.cookie, "TIME_WAIT"));
  expect(
      {active("client", pair.client_facts)
           .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
           .end({.reason = "normal", .closed_first = "remote", .owner = client.party()}),
       passive("server", pair.server_facts)
           .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
           .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = server.party()}),
       the_listener(pair)});
}

// The client says it is done, the server goes on sending and then closes; the client still holds its
// descriptor when the time-wait socket takes over.
TEST_P(Close, HalfClose) {
  trace();
  const Pair pair = connect_pair(client, server, loopback(GetParam()));
  client.write(pair.client, 10);
  client.shutdown_write(pair.client);
  server.read(pair.server, 10);
  server.read_end(pair.server);
  EXPECT_TRUE(kernel_says(pair.client_facts.cookie, "FIN_WAIT2"));
  EXPECT_TRUE(kernel_says(pair.server_facts.cookie, "CLOSE_WAIT"));
  server.write(pair.server, 3000);
  client.read(pair.client, 3000);
  server.close(pair.server);
  client.read_end(pair.client);
  EXPECT_TRUE(kernel_says(pair.client_facts.cookie, "TIME_WAIT"));
  client.close(pair.client);
  expect(
      {active("client", pair.client_facts)
           .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
           .end({.reason = "normal",
                 .closed_first = "local",
                 .time_wait = true,
                 .owner = client.party(),
                 .bytes_sent = 10,
                 .bytes_received = 3000}),
       passive("server", pair.server_facts)
           .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
           .end({.reason = "normal",
                 .closed_first = "remote",
                 .owner = server.party(),
                 .bytes_sent = 3000,
                 .bytes_received = 10}),
       the_listener(pair)});
}

// The time that a state took is the time that the test let pass.
TEST_P(Close, TimeInStates) {
  trace();
  const Pair pair = connect_pair(client, server, loopback(GetParam()));
  pause_for(milliseconds(120));
  client.shutdown_write(pair.client);
  server.read_end(pair.server);
  EXPECT_TRUE(kernel_says(pair.client_facts.cookie, "FIN_WAIT2"));
  pause_for(milliseconds(80));
  server.close(pair.server);
  client.read_end(pair.client);
  client.close(pair.client);
  const std::vector<ExpectedSocket> sockets{
      active("client", pair.client_facts)
          .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
          .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = client.party()}),
      passive("server", pair.server_facts)
          .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
          .end({.reason = "normal", .closed_first = "remote", .owner = server.party()}),
      the_listener(pair)};
  expect(sockets);
  const auto after = [&](std::uint64_t cookie, std::string_view from) {
    for (const Json& line : tool->lines())
      if (line.value("type", "") == "transition" && line.value("cookie", std::uint64_t{0}) == cookie &&
          line.value("from", "") == from)
        return line.value("after_us", 0.0);
    return 0.0;
  };
  const double slack = slow_machine() ? 4e6 : 1e6;
  EXPECT_GE(after(pair.client_facts.cookie, "ESTABLISHED"), 120e3);
  EXPECT_LT(after(pair.client_facts.cookie, "ESTABLISHED"), 120e3 + slack);
  EXPECT_GE(after(pair.client_facts.cookie, "FIN_WAIT2"), 80e3);
  EXPECT_LT(after(pair.client_facts.cookie, "FIN_WAIT2"), 80e3 + slack);
  EXPECT_GE(after(pair.server_facts.cookie, "CLOSE_WAIT"), 80e3);
  EXPECT_LT(after(pair.server_facts.cookie, "CLOSE_WAIT"), 80e3 + slack);
}

// Nobody calls close(): the kernel does when the process goes, and the process is still the owner.
TEST_P(Close, ByExit) {
  trace();
  Peer leaving("ct-leaving");
  const Party party = leaving.party();
  const Pair pair = connect_pair(leaving, server, loopback(GetParam()));
  leaving.leave(0);
  server.read_end(pair.server);
  server.close(pair.server);
  expect({active("client", pair.client_facts)
              .walk(party, {"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
              .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = party}),
          passive("server", pair.server_facts)
              .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
              .end({.reason = "normal", .closed_first = "remote", .owner = server.party()}),
          the_listener(pair)});
}

TEST_P(Close, BySigkill) {
  trace();
  Peer victim("ct-victim");
  const Party party = victim.party();
  const Pair pair = connect_pair(client, victim, loopback(GetParam()));
  victim.die(SIGKILL);
  client.read_end(pair.client);
  client.close(pair.client);
  expect({active("client", pair.client_facts)
              .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
              .end({.reason = "normal", .closed_first = "remote", .owner = client.party()}),
          passive("server", pair.server_facts)
              .walk(party, {"LISTEN", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
              .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = party}),
          listener("listener", pair.listener_facts, party)
              .walk(party, {"CLOSE"})
              .end({.reason = "", .closed_first = "local", .owner = party})});
}

INSTANTIATE_TEST_SUITE_P(Flavours, Close, all_flavours(), flavour_of);

}  // namespace
}  // namespace conntrail::live
