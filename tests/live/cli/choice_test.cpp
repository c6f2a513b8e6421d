// Which lines: --only, --no-…, filters, and errors of those who choose wrongly.
#include <csignal>

#include <cerrno>

#include "cli_scenario.h"

namespace conntrail::live {
namespace {

class Choice : public Cli {
 protected:
  // A refused connection: an RST goes out and comes in.
  void be_refused() {
    const int listening = server.listen(loopback(Flavour::v4));
    const Address nobody = server.facts(listening).local;
    server.close(listening);
    const int fd = client.open(AF_INET);
    EXPECT_EQ(client.connect_error(fd, nobody), ECONNREFUSED);
    client.close(fd);
  }
  // A connection whose first data segment must be sent again.
  void retransmit_data() {
    const Pair pair = connect_pair(client, server, loopback(Flavour::v4));
    nft(nft_input("tcp dport " + std::to_string(pair.listener_facts.local.port()) + " drop"));
    client.write(pair.client, 10);
    EXPECT_TRUE(
        eventually([] { return kernel_counter("Tcp", "RetransSegs") >= 1; }, std::chrono::seconds(5)));
    nft_flush();
    server.read(pair.server, 10);
    client.close(pair.client);
    server.read_end(pair.server);
    server.close(pair.server);
  }
  // All that the scenario's last event leads to has come when the end of a marking connection has.
  void wait_for_marker() {
    const Pair pair = one_connection();
    pause_for(patience(std::chrono::milliseconds(300)));
    (void)pair;
  }
};

TEST_F(Choice, OnlyRetransmits) {
  trace({"--only", "retransmit"});
  retransmit_data();
  wait_for_marker();
  EXPECT_EQ(tool->stop(SIGINT).status, 0);
  EXPECT_EQ(count_type(tool->lines(), "retransmit"), kernel_counter("Tcp", "RetransSegs"));
  for (const Json& line : tool->lines()) {
    const std::string type = line.value("type", "");
    EXPECT_TRUE(type == "retransmit" || type == "snapshot" || type == "summary") << line;
    if (type != "retransmit") continue;
    EXPECT_EQ(line.value("pid", 0U), client.party().pid) << line;
    EXPECT_EQ(line.value("state", ""), "ESTABLISHED") << line;
  }
}

TEST_F(Choice, NoResets) {
  trace();
  Tool without({"trace", "--json", "--netns", "self", "--no-reset"});
  without.wait_ready();
  be_refused();
  const auto refused = [](const Json& line) { return line.value("end_reason", "") == "refused"; };
  EXPECT_TRUE(tool->saw(refused, std::chrono::seconds(5)));
  EXPECT_TRUE(without.saw(refused, std::chrono::seconds(5)));
  EXPECT_EQ(tool->stop(SIGINT).status, 0);
  EXPECT_EQ(without.stop(SIGINT).status, 0);
  EXPECT_GE(count_type(tool->lines(), "reset"), 1U) << "the RST that refused it";
  EXPECT_EQ(count_type(without.lines(), "reset"), 0U);
  EXPECT_EQ(count_type(without.lines(), "transition"), count_type(tool->lines(), "transition"));
}

TEST_F(Choice, FilterByPort) {
  const int listening = server.listen(loopback(Flavour::v4));
  const SocketFacts listener_facts = server.facts(listening);
  trace({"dport", "=", ":" + std::to_string(listener_facts.local.port())});
  const Pair wanted = connect_again(client, server, listening);
  const Pair other = one_connection();
  client.close(wanted.client);
  server.read_end(wanted.server);
  server.close(wanted.server);
  EXPECT_TRUE(tool->saw([](const Json& line) { return line.value("to", "") == "TIME_WAIT"; },
                        std::chrono::seconds(5)));
  EXPECT_EQ(tool->stop(SIGINT).status, 0);
  // Only the client's side has that port as its destination.
  EXPECT_EQ(cookies(tool->lines()), std::set<std::uint64_t>{wanted.client_facts.cookie});
  (void)other;
}

TEST_F(Choice, BadFilterPointsAtThePlace) {
  for (const char* command : {"trace", "list"}) {
    const ToolRun run = run_tool({command, "state", "established", "and", "dprt", "=", ":443"});
    EXPECT_EQ(run.status, 2) << command;
    EXPECT_EQ(run.out, "");
    EXPECT_NE(run.err.find('^'), std::string::npos) << run.err;
    EXPECT_NE(run.err.find("dprt"), std::string::npos) << run.err;
  }
}

TEST_F(Choice, UnknownOptionSuggestsTheNearOne) {
  const ToolRun run = run_tool({"trace", "--jsn"});
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.out, "");
  EXPECT_NE(run.err.find("--json"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace conntrail::live
