// Twelve thousand connections open at once, half of them between addresses of 39 characters: both break
// tcpstates.
#include <string>

#include "crowd.h"
#include "scenario.h"

namespace conntrail::live {
namespace {

constexpr int kPerClient = 6000;
constexpr const char* kLongClient = "fd00:1111:2222:3333:4444:5555:6666:7771";
constexpr const char* kLongServer = "fd00:1111:2222:3333:4444:5555:6666:7772";

class Scale : public Scenario {
 protected:
  Peer client6{"ct-client-6"};
};

// The rows of `list` are the kernel's sockets, each in the kernel's state and with the owner that the test
// knows.
void compare_list(const std::map<std::uint64_t, Party>& owners) {
  const ToolRun list = run_tool({"list", "--json", "--netns", "self"}, true);
  EXPECT_EQ(list.status, 0) << list.err;
  std::map<std::uint64_t, std::string> rows;
  std::size_t wrong = 0;
  for (const Json& row : list.lines) {
    const std::uint64_t cookie = row.value("cookie", std::uint64_t{0});
    rows[cookie] = row.value("state", "");
    const auto owner = owners.find(cookie);
    if (owner == owners.end() || row.value("pid", 0U) != owner->second.pid ||
        row.value("comm", "") != owner->second.comm) {
      if (++wrong < 10) ADD_FAILURE() << "owner of " << row;
    }
  }
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(list.lines.size(), rows.size()) << "a socket stands in the table twice";
  EXPECT_TRUE(rows == ss_states()) << "rows " << rows.size() << ", sockets " << ss_states().size();
}

TEST_F(Scale, TwelveThousandAtOnce) {
  ASSERT_EQ(std::string(kLongClient).size(), 39U);
  test::must_run({"ip", "-6", "address", "add", std::string(kLongClient) + "/64", "dev", "lo", "nodad"});
  test::must_run({"ip", "-6", "address", "add", std::string(kLongServer) + "/64", "dev", "lo", "nodad"});
  net.sysctl("net.core.somaxconn", "4096");
  net.sysctl("net.ipv4.tcp_max_tw_buckets", "100000");
  // Room for every event of the test: how much the usual ring holds is not the question here.
  trace({"--ring-size", "64M"});
  const int listener4 = server.listen(loopback(Flavour::v4), {.backlog = 4096});
  const int listener6 = server.listen(Address::make(kLongServer, 0), {.backlog = 4096});
  const SocketFacts facts4 = server.facts(listener4);
  const SocketFacts facts6 = server.facts(listener6);
  start_connecting(client, loopback(Flavour::v4), facts4.local, kPerClient);
  accept_crowd(server, listener4, kPerClient);
  finish_connecting(client);
  start_connecting(client6, Address::make(kLongClient, 0), facts6.local, kPerClient);
  accept_crowd(server, listener6, kPerClient);
  finish_connecting(client6);

  // IPv4 connections are closed by the client first, IPv6 ones by the server.
  std::vector<ExpectedSocket> sockets{listener("listener 4", facts4, server.party()),
                                      listener("listener 6", facts6, server.party())};
  std::map<std::uint64_t, Party> owners{{facts4.cookie, server.party()}, {facts6.cookie, server.party()}};
  for (int i = 0; i < kPerClient; ++i) {
    sockets.push_back(
        active("client 4", crowd_facts(client, i))
            .walk(client.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
            .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = client.party()}));
    owners[sockets.back().facts.cookie] = client.party();
    sockets.push_back(
        active("client 6", crowd_facts(client6, i))
            .walk(client6.party(), {"CLOSE", "SYN_SENT", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
            .end({.reason = "normal", .closed_first = "remote", .owner = client6.party()}));
    owners[sockets.back().facts.cookie] = client6.party();
    sockets.push_back(
        passive("server 4", crowd_facts(server, i))
            .walk(server.party(), {"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"})
            .end({.reason = "normal", .closed_first = "remote", .owner = server.party()}));
    owners[sockets.back().facts.cookie] = server.party();
    sockets.push_back(
        passive("server 6", crowd_facts(server, kPerClient + i))
            .walk(server.party(),
                  {"LISTEN", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"})
            .end({.reason = "normal", .closed_first = "local", .time_wait = true, .owner = server.party()}));
    owners[sockets.back().facts.cookie] = server.party();
  }
  EXPECT_EQ(owners.size(), 4U * kPerClient + 2U);
  compare_list(owners);

  close_crowd(client, 0, kPerClient);
  read_ends_and_close_crowd(server, 0, kPerClient);
  close_crowd(server, kPerClient, 2 * kPerClient);
  read_ends_and_close_crowd(client6, 0, kPerClient);
  EXPECT_EQ(sockstat_time_wait(), 2U * kPerClient);
  expect(sockets, std::chrono::seconds(30));
}

}  // namespace
}  // namespace conntrail::live
