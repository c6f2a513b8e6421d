// Whose connection is it? Forked workers, passed descriptors, workers that share a port, threads with names
// of their own.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "scenario.h"

namespace conntrail::live {
namespace {

class OwnerOf : public Scenario {
 protected:
  OwnerOf() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    left.reset(ends[0]);
    right.reset(ends[1]);
  }
  // The connection's other side, which is not what the test is about.
  ExpectedSocket plain_client(const Pair& pair) {
    return active("client", pair.client_facts)
        .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
        .end({.reason = "normal", .closed_first = "remote", .owner = client.party()});
  }
  UniqueFd left;  // a pair of connected AF_UNIX sockets for actors to inherit
  UniqueFd right;
};

// Pre-fork: the parent listens, a child with the same listening descriptor accepts. Handing the listening
// socket over is what fork() does, minus the fork.
TEST_P(OwnerOf, AcceptInWorker) {
  trace();
  Peer parent("ct-parent", {left.get()});
  Peer worker("ct-worker", {right.get()});
  const int listening = parent.listen(loopback(GetParam()));
  parent.send_descriptor(left.get(), listening);
  const int shared = worker.receive_descriptor(right.get());
  Pair pair;
  pair.listener_facts = parent.facts(listening);
  pair.client = client.connect(pair.listener_facts.local);
  pair.server = worker.accept(shared);
  pair.client_facts = client.facts(pair.client);
  pair.server_facts = worker.facts(pair.server);
  worker.close(pair.server);
  client.read_end(pair.client);
  client.close(pair.client);
  // Until the worker touches the connection, only the listener's process can be named, as what it is.
  const OwnerRule before{worker.party(), true, parent.party()};
  expect({plain_client(pair),
          passive("server", pair.server_facts)
              .walk(before, {"LISTEN", "SYN_RECV", "ESTABLISHED"})
              .walk(worker.party(), {"FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
              .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = worker.party()}),
          listener("listener", pair.listener_facts, parent.party())});
}

// The same with the client closing first, so that softirq lines come between accept and the worker's own
// close.
TEST_P(OwnerOf, AcceptInWorkerClientClosesFirst) {
  trace();
  Peer parent("ct-parent", {left.get()});
  Peer worker("ct-worker", {right.get()});
  const int listening = parent.listen(loopback(GetParam()));
  parent.send_descriptor(left.get(), listening);
  const int shared = worker.receive_descriptor(right.get());
  const SocketFacts listener_facts = parent.facts(listening);
  const int fd = client.connect(listener_facts.local);
  const int accepted = worker.accept(shared);
  const SocketFacts client_facts = client.facts(fd);
  const SocketFacts accepted_facts = worker.facts(accepted);
  client.close(fd);
  worker.read_end(accepted);
  worker.close(accepted);
  const OwnerRule before{worker.party(), true, parent.party()};
  expect(
      {active("client", client_facts)
           .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
           .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = client.party()}),
       passive("server", accepted_facts)
           .walk(before, {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT"})
           .walk(worker.party(), {"LAST_ACK", "CLOSE"})
           .end({.reason = "normal", .closed_first = "remote", .owner = worker.party()}),
       listener("listener", listener_facts, parent.party())});
}

// Connected by one process, passed over AF_UNIX, closed by another.
TEST_P(OwnerOf, PassedDescriptor) {
  trace();
  Peer giver("ct-giver", {left.get()});
  Peer taker("ct-taker", {right.get()});
  const Pair pair = connect_pair(giver, server, loopback(GetParam()));
  giver.send_descriptor(left.get(), pair.client);
  const int taken = taker.receive_descriptor(right.get());
  giver.close(pair.client);  // not the last descriptor: nothing happens to the connection
  EXPECT_EQ(taker.state(taken), "ESTABLISHED");
  taker.close(taken);
  server.read_end(pair.server);
  server.close(pair.server);
  expect({active("passed", pair.client_facts)
              .walk(giver.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED"})
              .walk(taker.party(), {"FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
              .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = taker.party()}),
          passive("server", pair.server_facts)
              .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
              .end({.reason = "normal", .closed_first = "remote", .owner = server.party()}),
          the_listener(pair)});
}

// Two processes listen on one port. Which of them a connection went to shows only when it is accepted or
// closed: until then no name is right, the other one's is wrong.
TEST_P(OwnerOf, ReusePortWorkers) {
  constexpr int kConnections = 16;
  trace();
  Peer first("ct-worker-1");
  Peer second("ct-worker-2");
  const int first_fd = first.listen(loopback(GetParam()), {.reuse_port = true});
  const SocketFacts first_facts = first.facts(first_fd);
  const int second_fd = second.listen(first_facts.local, {.reuse_port = true});
  std::vector<ExpectedSocket> sockets{listener("first listener", first_facts, first.party()),
                                      listener("second listener", second.facts(second_fd), second.party())};
  std::array<int, 2> accepted_by{};
  for (int i = 0; i < kConnections; ++i) {
    const int fd = client.connect(first_facts.local);
    int accepted = first.accept_if_any(first_fd);
    Peer& worker = accepted >= 0 ? first : second;
    if (accepted < 0) accepted = second.accept(second_fd);
    ++accepted_by[accepted >= 0 && &worker == &second ? 1 : 0];
    const SocketFacts client_facts = client.facts(fd);
    const SocketFacts accepted_facts = worker.facts(accepted);
    worker.close(accepted);
    client.read_end(fd);
    client.close(fd);
    sockets.push_back(
        active("client " + std::to_string(i), client_facts)
            .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
            .end({.reason = "normal", .closed_first = "remote", .owner = client.party()}));
    sockets.push_back(
        passive("server " + std::to_string(i), accepted_facts)
            .walk({worker.party(), true, {}}, {"LISTEN", "SYN_RECV", "ESTABLISHED"})
            .walk(worker.party(), {"FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
            .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = worker.party()}));
  }
  EXPECT_GT(*std::min_element(accepted_by.begin(), accepted_by.end()), 0)
      << "the kernel gave all connections to one worker, which shows nothing";
  expect(sockets);
}

// The owner is the process, whatever its threads are called.
TEST_P(OwnerOf, ThreadWithAnotherName) {
  trace();
  const int listening = server.listen(loopback(GetParam()));
  Pair pair;
  pair.listener_facts = server.facts(listening);
  pair.client = client.open(loopback(GetParam()).family());
  client.connect_in_thread(pair.client, pair.listener_facts.local, "pool-connect");
  pair.server = server.accept(listening);
  pair.client_facts = client.facts(pair.client);
  pair.server_facts = server.facts(pair.server);
  client.close_in_thread(pair.client, "pool-close");
  server.read_end(pair.server);
  server.close_in_thread(pair.server, "pool-server");
  expect(
      {active("client", pair.client_facts)
           .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
           .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = client.party()}),
       passive("server", pair.server_facts)
           .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
           .end({.reason = "normal", .closed_first = "remote", .owner = server.party()}),
       the_listener(pair)});
}

INSTANTIATE_TEST_SUITE_P(Flavours, OwnerOf, all_flavours(), flavour_of);

}  // namespace
}  // namespace conntrail::live
