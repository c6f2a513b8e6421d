// Connections that end with an RST or without an answer. closed_first is about FINs: where none was sent it
// is "none".
#include <netinet/tcp.h>

#include <cerrno>

#include "scenario.h"

namespace conntrail::live {
namespace {

class ResetEnd : public Scenario {};

TEST_P(ResetEnd, ByLingerZero) {
  trace({"--no-reset"});
  const Pair pair = connect_pair(client, server, loopback(GetParam()));
  client.linger_zero(pair.client);
  client.close(pair.client);
  EXPECT_EQ(server.read_error(pair.server), ECONNRESET);
  server.close(pair.server);
  expect({active("client", pair.client_facts)
              .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "CLOSE"})
              .end({.reason = "reset_by_local", .closed_first = "local", .owner = client.party()}),
          passive("server", pair.server_facts)
              .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE"})
              .end({.reason = "reset_by_peer",
                    .closed_first = "remote",
                    .error = "ECONNRESET",
                    .owner = server.party()}),
          the_listener(pair)});
}

// The server closes while data that it never read is in its queue: the kernel answers with RST instead of
// FIN.
TEST_P(ResetEnd, ByUnreadData) {
  trace();
  const Pair pair = connect_pair(client, server, loopback(GetParam()));
  client.write(pair.client, 5000);
  server.close(pair.server);
  EXPECT_EQ(client.read_error(pair.client), ECONNRESET);
  client.close(pair.client);
  expect({active("client", pair.client_facts)
              .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "CLOSE"})
              .end({.reason = "reset_by_peer",
                    .closed_first = "remote",
                    .error = "ECONNRESET",
                    .owner = client.party(),
                    .bytes_sent = 5000}),
          passive("server", pair.server_facts)
              .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE"})
              .end({.reason = "reset_by_local",
                    .closed_first = "local",
                    .owner = server.party(),
                    .bytes_received = 5000}),
          the_listener(pair)});
}

// The client has said it is done; the server throws the rest away.
TEST_P(ResetEnd, InCloseWait) {
  trace();
  const Pair pair = connect_pair(client, server, loopback(GetParam()));
  client.shutdown_write(pair.client);
  server.read_end(pair.server);
  EXPECT_TRUE(kernel_says(pair.client_facts.cookie, "FIN_WAIT2"));
  server.linger_zero(pair.server);
  server.close(pair.server);
  EXPECT_EQ(client.read_error(pair.client), ECONNRESET);
  client.close(pair.client);
  expect({active("client", pair.client_facts)
              .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "CLOSE"})
              .end({.reason = "reset_by_peer",
                    .closed_first = "local",
                    .error = "ECONNRESET",
                    .owner = client.party()}),
          passive("server", pair.server_facts)
              .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "CLOSE"})
              .end({.reason = "reset_by_local", .closed_first = "remote", .owner = server.party()}),
          the_listener(pair)});
}

// `ss -K` from outside: neither side closed anything.
TEST_P(ResetEnd, KilledFromOutside) {
  trace();
  const Pair pair = connect_pair(client, server, loopback(GetParam()));
  const std::string port = std::to_string(pair.client_facts.local.port());
  test::must_run({"ss", "-K", "-t", "-n", "sport", "=", ":" + port});
  EXPECT_EQ(client.read_error(pair.client), ECONNABORTED) << "this kernel must have INET_DIAG_DESTROY";
  EXPECT_EQ(server.read_error(pair.server), ECONNRESET);
  client.close(pair.client);
  server.close(pair.server);
  expect({active("client", pair.client_facts)
              .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "CLOSE"})
              .end({.reason = "killed",
                    .closed_first = "local",
                    .error = "ECONNABORTED",
                    .owner = client.party()}),
          passive("server", pair.server_facts)
              .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE"})
              .end({.reason = "reset_by_peer",
                    .closed_first = "remote",
                    .error = "ECONNRESET",
                    .owner = server.party()}),
          the_listener(pair)});
}

// The peer vanishes from the wire and the data is never acknowledged: ETIMEDOUT by TCP_USER_TIMEOUT.
TEST_P(ResetEnd, DataTimesOut) {
  trace({"--no-retransmit"});
  const Pair pair = connect_pair(client, server, loopback(GetParam()));
  nft(nft_input("tcp dport " + std::to_string(pair.listener_facts.local.port()) + " drop"));
  client.set_option(pair.client, IPPROTO_TCP, TCP_USER_TIMEOUT, 700);
  client.write(pair.client, 100);
  EXPECT_EQ(client.read_error(pair.client), ETIMEDOUT);
  client.close(pair.client);
  // The server has heard nothing; it closes into the void and is killed by its namespace's end, behind the
  // test.
  expect({active("client", pair.client_facts)
              .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "CLOSE"})
              .end({.reason = "timeout",
                    .closed_first = "none",
                    .error = "ETIMEDOUT",
                    .owner = client.party(),
                    .bytes_sent = 100}),
          passive("server", pair.server_facts).walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED"}),
          the_listener(pair)});
}

INSTANTIATE_TEST_SUITE_P(Flavours, ResetEnd, all_flavours(), flavour_of);

}  // namespace
}  // namespace conntrail::live
