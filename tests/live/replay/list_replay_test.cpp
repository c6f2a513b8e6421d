// `list --from` shows the table that `list --capture` showed, and with --at those before.
#include <ctime>

#include "replay_scenario.h"

namespace conntrail::live {
namespace {

class ListReplay : public ReplayScenario {
 protected:
  static std::string now() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return "@" + std::to_string(time.tv_sec) + "." + std::to_string(1'000'000'000 + time.tv_nsec).substr(1);
  }
  static std::map<std::uint64_t, std::string> states(const ToolRun& list) {
    std::map<std::uint64_t, std::string> result;
    for (const Json& row : list.lines) {
      if (row.value("type", "") == "connection" && !row.value("gone", false))
        result[row.value("cookie", std::uint64_t{0})] = row.value("state", "");
    }
    return result;
  }
};

TEST_F(ListReplay, SameTable) {
  const Pair before = connect_pair(client, server, loopback(Flavour::v4));
  for (const std::vector<std::string>& form :
       {std::vector<std::string>{"--json"},
        {"--csv"},
        {"--sort", "-age", "--columns", "all,-netns"}}) {  // which is called by a process in it, live only
    std::vector<std::string> words{
        "list", "--netns", "self", "--for", slow_machine() ? "20s" : "4s", "--capture", path("list.ct")};
    words.insert(words.end(), form.begin(), form.end());
    Tool live(words);
    pause_for(patience(std::chrono::milliseconds(1200)));
    play_everything();
    EXPECT_EQ(live.wait(std::chrono::seconds(20)).status, 0) << live.err();
    std::vector<std::string> again{"list", "--from", path("list.ct")};
    again.insert(again.end(), form.begin(), form.end());
    const ToolRun replay = run_tool(again, false, true);
    EXPECT_EQ(replay.status, 0) << replay.err;
    EXPECT_EQ(replay.out, live.out());
    EXPECT_NE(replay.out.find(std::to_string(before.client_facts.local.port())), std::string::npos);
  }
}

TEST_F(ListReplay, OnlyTheTableOfAMoment) {
  (void)connect_pair(client, server, loopback(Flavour::v4));
  const ToolRun live = run_tool({"list", "--json", "--netns", "self", "--capture", path("list.ct")});
  EXPECT_EQ(live.status, 0) << live.err;
  EXPECT_EQ(run_tool({"list", "--json", "--from", path("list.ct")}, false, true).out, live.out);
}

TEST_F(ListReplay, AsItWas) {
  Tool capture({"trace", "--json", "--capture", path("run.ct"), "--netns", "self"});
  capture.wait_ready();
  const Pair pair = connect_pair(client, server, loopback(Flavour::v4));
  const auto open = ss_states();
  pause_for(std::chrono::milliseconds(100));
  const std::string while_open = now();
  pause_for(std::chrono::milliseconds(1200));
  client.close(pair.client);
  server.read_end(pair.server);
  EXPECT_TRUE(kernel_says(pair.client_facts.cookie, "FIN_WAIT2"));
  const auto half_closed = ss_states();
  const std::string while_half = now();
  pause_for(std::chrono::milliseconds(1200));
  server.close(pair.server);
  pause_for(std::chrono::milliseconds(1200));
  const auto closed = ss_states();
  EXPECT_EQ(capture.stop(SIGINT).status, 0) << capture.err();

  const auto at = [&](const std::string& moment) {
    const ToolRun list = run_tool({"list", "--json", "--from", path("run.ct"), "--at", moment}, true, true);
    EXPECT_LE(list.status, 1) << list.err;
    EXPECT_EQ(list.err.find("ends before"), std::string::npos) << list.err;
    return states(list);
  };
  EXPECT_EQ(at(while_open), open);
  EXPECT_EQ(at(while_half), half_closed);
  EXPECT_EQ(at("-10ms"), closed);
  EXPECT_EQ(states(run_tool({"list", "--json", "--from", path("run.ct")}, true, true)), closed);

  const ToolRun early = run_tool({"list", "--from", path("run.ct"), "--at", "1h"});
  EXPECT_EQ(early.status, 2);
  EXPECT_NE(early.err.find("it begins at"), std::string::npos) << early.err;
  const ToolRun late = run_tool({"list", "--from", path("run.ct"), "--at", "+1h"});
  EXPECT_NE(late.err.find("the capture ends before"), std::string::npos) << late.err;
  EXPECT_EQ(run_tool({"list", "--at", "-10s"}).status, 2) << "of what?";
}

}  // namespace
}  // namespace conntrail::live
