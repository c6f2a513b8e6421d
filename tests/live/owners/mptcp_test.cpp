// The descriptor's socket is the MPTCP one; the TCP sockets in the tables are its subflows.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include "owners_scenario.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

namespace conntrail::live {
namespace {

int open_mptcp(int family) { return ::socket(family, SOCK_STREAM, IPPROTO_MPTCP); }
int listen_on(int fd) { return ::listen(fd, 16); }

class Mptcp : public Owners {
 protected:
  void SetUp() override {
    std::ifstream enabled("/proc/sys/net/mptcp/enabled");
    int value = 0;
    if (!(enabled >> value) || value == 0) GTEST_SKIP() << "this kernel has no MPTCP";
    fd = server.call(&open_mptcp, AF_INET);
    ASSERT_GE(fd, 0);
    server.bind(fd, loopback(Flavour::v4));
    ASSERT_EQ(server.call(&listen_on, fd), 0);
    address = server.facts(fd).local;
    client_fd = client.call(&open_mptcp, AF_INET);
    client.connect(client_fd, address);
    accepted = server.accept(fd);
    client_port = client.facts(client_fd).local.port();
  }
  // Owners by local port and state, listeners and connections, as `list` tells them.
  std::string listed(std::uint16_t port, std::string_view state) {
    const ToolRun list = run_tool({"list", "--json", "--netns", "self", "--no-history"}, true);
    for (const Json& row : list.lines)
      if (row.value("local_port", 0U) == port && row.value("state", "") == state) return owner_of(&row);
    return "no row in " + list.out;
  }
  int fd = -1;
  int client_fd = -1;
  int accepted = -1;
  std::uint16_t client_port = 0;
  Address address;
};

TEST_F(Mptcp, OwnersInTheTable) {
  EXPECT_EQ(listed(address.port(), "LISTEN"), owner(server.party(), "fd"));
  EXPECT_EQ(listed(address.port(), "ESTABLISHED"), owner(server.party(), "fd"));
  EXPECT_EQ(listed(client_port, "ESTABLISHED"), owner(client.party(), "fd"));
}

// Each Go server since 1.24 listens so.
TEST_F(Mptcp, ChildrenOfAListenerThatWasThereBefore) {
  trace();
  const int plain = client.connect(address);
  const std::uint16_t port = client.facts(plain).local.port();
  const auto is_child = [&](const Json& line) {
    return line.value("remote_port", 0U) == port && line.value("to", "") == "SYN_RECV";
  };
  ASSERT_TRUE(tool->saw(is_child, std::chrono::seconds(8))) << tool->out();
  const auto& lines = tool->lines();
  EXPECT_EQ(owner_of(&*std::find_if(lines.begin(), lines.end(), is_child)),
            owner(server.party(), "inherited"));
}

}  // namespace
}  // namespace conntrail::live
