// The tool in one namespace, the connections in another: by default `trace` shows all namespaces.
#include <csignal>

#include "scenario.h"

namespace conntrail::live {
namespace {

class Outside : public Scenario {
 protected:
  std::vector<ExpectedSocket> one_connection() {
    const Pair pair = connect_pair(client, server, loopback(GetParam()));
    client.close(pair.client);
    server.read_end(pair.server);
    server.close(pair.server);
    return {
        active("client", pair.client_facts)
            .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
            .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = client.party()}),
        passive("server", pair.server_facts)
            .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
            .end({.reason = "normal", .closed_first = "remote", .owner = server.party()}),
        the_listener(pair)};
  }
};

TEST_P(Outside, AllNamespaces) {
  Tool outside(ToolOptions{.arguments = {"trace", "--json"}, .network_namespace = net.outside()});
  outside.wait_ready();
  const std::vector<ExpectedSocket> sockets = one_connection();
  EXPECT_TRUE(all_came(outside, sockets, std::chrono::seconds(5)));
  EXPECT_EQ(outside.stop(SIGINT).status, 0) << outside.err();
  // Other namespaces of this host have their lines too; only ours are known.
  compare(outside.lines(), net.inode(), sockets);
}

TEST_P(Outside, NarrowedToOne) {
  Tool outside(ToolOptions{.arguments = {"trace", "--json", "--netns", std::to_string(net.inode())},
                           .network_namespace = net.outside()});
  outside.wait_ready();
  const std::vector<ExpectedSocket> sockets = one_connection();
  expect_exactly(outside, net.inode(), sockets);
}

INSTANTIATE_TEST_SUITE_P(Flavours, Outside, all_flavours(), flavour_of);

}  // namespace
}  // namespace conntrail::live
