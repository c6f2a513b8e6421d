// Connections that were there before the tool: found by the snapshot, owners by the file tables, and every
// later step.
#include <cerrno>

#include "scenario.h"

namespace conntrail::live {
namespace {

class Existing : public Scenario {
 protected:
  static ExpectedSocket found(ExpectedSocket socket) {
    socket.existed_before = true;
    socket.direction.clear();  // the opening was not seen
    return socket;
  }
};

TEST_P(Existing, EstablishedBeforeTheStart) {
  const Pair pair = connect_pair(client, server, loopback(GetParam()));
  trace();
  client.close(pair.client);
  server.read_end(pair.server);
  server.close(pair.server);
  expect({found(active("client", pair.client_facts))
              .walk(client.party(), {"ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
              .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = client.party()}),
          // Its first line comes out of a softirq: only the file table can have named the server.
          found(passive("server", pair.server_facts))
              .walk(server.party(), {"ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
              .end({.reason = "normal", .closed_first = "remote", .owner = server.party()})});
}

TEST_P(Existing, CloseWaitBeforeTheStart) {
  const Pair pair = connect_pair(client, server, loopback(GetParam()));
  client.shutdown_write(pair.client);
  server.read_end(pair.server);
  trace();
  server.close(pair.server);
  client.read_end(pair.client);
  client.close(pair.client);
  expect({found(active("client", pair.client_facts))
              .walk(client.party(), {"FIN_WAIT2", "TIME_WAIT"})
              .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = client.party()}),
          found(passive("server", pair.server_facts))
              .walk(server.party(), {"CLOSE_WAIT", "LAST_ACK", "CLOSE"})
              .end({.reason = "normal", .closed_first = "remote", .owner = server.party()})});
}

// Only the listener was there before: its children belong to whom the file table names.
TEST_P(Existing, ListenerBeforeTheStart) {
  const int listening = server.listen(loopback(GetParam()));
  trace();
  const Pair pair = connect_again(client, server, listening);
  server.close(pair.server);
  client.read_end(pair.client);
  client.close(pair.client);
  expect(
      {active("client", pair.client_facts)
           .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
           .end({.reason = "normal", .closed_first = "remote", .owner = client.party()}),
       passive("server", pair.server_facts)
           .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
           .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = server.party()})});
}

// Attached before the connection is there, asked for after: whatever the order, no step is doubled or missed.
// Many rounds while sockets open and close all the time.
TEST_P(Existing, StartInTheMidstOfTraffic) {
  const Pair before = connect_pair(client, server, loopback(GetParam()));
  trace();
  const Pair after = connect_again(client, server, before.listener);
  for (const Pair& pair : {before, after}) {
    server.close(pair.server);
    client.read_end(pair.client);
    client.close(pair.client);
  }
  expect(
      {found(active("client before", before.client_facts))
           .walk(client.party(), {"ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
           .end({.reason = "normal", .closed_first = "remote", .owner = client.party()}),
       found(passive("server before", before.server_facts))
           .walk(server.party(), {"ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
           .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = server.party()}),
       active("client after", after.client_facts)
           .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
           .end({.reason = "normal", .closed_first = "remote", .owner = client.party()}),
       passive("server after", after.server_facts)
           .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
           .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = server.party()})});
}

INSTANTIATE_TEST_SUITE_P(Flavours, Existing, all_flavours(), flavour_of);

}  // namespace
}  // namespace conntrail::live
