// `trace --from` prints what `trace --capture` printed.
#include "crowd.h"
#include "replay_scenario.h"

namespace conntrail::live {
namespace {

using std::chrono::seconds;

class TraceReplay : public ReplayScenario {
 protected:
  // Traces with `options` into a capture while `scenario` runs; gives the live output.
  template <class Scenario>
  std::string live(std::vector<std::string> options, const Scenario& scenario) {
    std::vector<std::string> words{"trace", "--netns", "self", "--capture", path("run.ct")};
    words.insert(words.end(), options.begin(), options.end());
    Tool run(words);
    // In text nothing tells that it listens.
    if (std::ranges::find(options, "--json") != options.end()) {
      run.wait_ready();
    } else {
      pause_for(patience(std::chrono::milliseconds(1500)));
    }
    scenario(run);
    const Finished finished = run.stop(SIGINT);
    EXPECT_EQ(finished.status, 0) << finished.err;
    live_err = finished.err;
    return run.out();
  }
  [[nodiscard]] ToolRun replay(std::vector<std::string> options, bool as_nobody = true) const {
    std::vector<std::string> words{"trace", "--from", path("run.ct")};
    words.insert(words.end(), options.begin(), options.end());
    ToolRun run = run_tool(words, false, as_nobody);
    EXPECT_EQ(run.status, 0) << run.err;
    return run;
  }
  std::string live_err;
};

TEST_F(TraceReplay, SameLinesAsJson) {
  const Pair before = connect_pair(client, server, loopback(Flavour::v4));
  const std::string lines = live({"--json"}, [&](Tool&) {
    play_everything();
    client.close(before.client);
    server.read_end(before.server);
    server.close(before.server);
    wait_for_quiet();
  });
  for (const char* expected : {"\"type\":\"retransmit\"", "\"type\":\"reset\"", "TIME_WAIT", "refused",
                               "\"type\":\"summary\"", "reason_name"})
    EXPECT_NE(lines.find(expected), std::string::npos) << expected;
  const ToolRun again = replay({"--json"});
  EXPECT_EQ(again.out, lines);
  EXPECT_TRUE(again.err.ends_with(live_err)) << again.err;
  EXPECT_EQ(replay({"--json"}, false).out, lines);
}

TEST_F(TraceReplay, SameTextAndOptions) {
  const std::vector<std::vector<std::string>> runs{
      {}, {"--by", "connection"}, {"--json", "--only", "end,reset", "dport", "!=", ":9"}, {"--count", "3"}};
  for (const std::vector<std::string>& options : runs) {
    const std::string lines = live(options, [&](Tool& run) {
      if (std::ranges::find(options, "--count") == options.end()) {
        play_everything();
        wait_for_quiet();
      } else {
        (void)one_connection();
        EXPECT_TRUE(eventually([&] { return !run.running(); }, seconds(5)));
      }
    });
    EXPECT_GT(std::ranges::count(lines, '\n'), 2);
    EXPECT_EQ(replay(options).out, lines) << ::testing::PrintToString(options);
  }
}

TEST_F(TraceReplay, SameLossesAndRepairs) {
  net.sysctl("net.ipv4.tcp_max_tw_buckets", "200000");
  Peer crowd{"ct-crowd"};
  constexpr int kConnections = 5000;
  const std::string lines = live({"--json", "--ring-size", "256K"}, [&](Tool& run) {
    const Pair across = connect_pair(client, server, loopback(Flavour::v4));
    run.signal(SIGSTOP);
    churn(crowd, kConnections, ChurnEnd::fin);
    run.signal(SIGCONT);
    EXPECT_TRUE(run.saw([](const Json& line) { return line.value("type", "") == "lost"; }, seconds(5)));
    client.close(across.client);
    server.read_end(across.server);
    server.close(across.server);
    wait_for_quiet();
  });
  EXPECT_NE(lines.find("\"gap\":true"), std::string::npos);
  EXPECT_EQ(lines.find("\"events_lost\":0"), std::string::npos);
  EXPECT_EQ(replay({"--json"}).out, lines);
}

TEST_F(TraceReplay, SameByComparingSnapshots) {
  const std::string lines = live({"--json", "--poll"}, [&](Tool&) {
    const Pair pair = connect_pair(client, server, loopback(Flavour::v4));
    wait_for_quiet();
    client.close(pair.client);
    wait_for_quiet();
  });
  EXPECT_NE(lines.find("confirmed"), std::string::npos);
  const ToolRun again = replay({"--json"});
  EXPECT_EQ(again.out, lines);
  EXPECT_NE(again.err.find("comparing snapshots"), std::string::npos) << again.err;
}

// Of a traced command only its own lines are shown, also those of what it forked.
TEST_F(TraceReplay, SameOfACommand) {
  const int listening = server.listen(loopback(Flavour::v4));
  const std::uint16_t port = server.facts(listening).local.port();
  const std::string connect = "exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(port);
  const ToolRun run = run_tool({"trace", "--json", "--netns", "self", "--capture", path("run.ct"), "--",
                                "bash", "-c", connect + "; bash -c '" + connect + "' & wait"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("SYN_SENT"), std::string::npos) << run.out << run.err;
  EXPECT_EQ(replay({"--json"}).out, run.out);
}

// A run that was killed: what had reached the file is used.
TEST_F(TraceReplay, CutShort) {
  Tool run({"trace", "--json", "--netns", "self", "--capture", path("run.ct")});
  run.wait_ready();
  (void)one_connection();
  wait_for_quiet();
  const std::string lines = run.out();
  ASSERT_NE(lines.find("\"type\":\"end\""), std::string::npos);
  EXPECT_EQ(run.stop(SIGKILL).status, 128 + SIGKILL);
  const ToolRun again = replay({"--json"});
  EXPECT_NE(again.err.find("ends early"), std::string::npos) << again.err;
  // But for the summary, which the killed run did not come to.
  EXPECT_EQ(again.out.substr(0, again.out.find("{\"type\":\"summary\"")), lines);
}

TEST_F(TraceReplay, NarrowsToNamespaceAndFilter) {
  const std::string lines = live({"--json"}, [&](Tool&) {
    (void)one_connection();
    wait_for_quiet();
  });
  EXPECT_EQ(replay({"--json", "--netns", std::to_string(net.inode())}).out, lines);
  const ToolRun none = replay({"--json", "--netns", "1"});
  EXPECT_EQ(none.out.find("\"type\":\"transition\""), std::string::npos) << none.out;
  const ToolRun filtered = replay({"--json", "state", "established", "comm", "ct-client"});
  EXPECT_EQ(filtered.out.find("ct-server"), std::string::npos);
  EXPECT_NE(filtered.out.find("ct-client"), std::string::npos);
}

TEST_F(TraceReplay, WhatHasNoMeaningIsRefused) {
  const std::string file = path("none.ct");
  EXPECT_EQ(run_tool({"trace", "--from", file, "--capture", file}).status, 2);
  EXPECT_EQ(run_tool({"trace", "--from", file, "--", "true"}).status, 2);
  EXPECT_EQ(run_tool({"trace", "--from", file, "--poll"}).status, 2);
  EXPECT_EQ(run_tool({"trace", "--capture", "-"}).status, 2);
  const ToolRun missing = run_tool({"trace", "--from", file});
  EXPECT_EQ(missing.status, 2);
  EXPECT_NE(missing.err.find(file), std::string::npos) << missing.err;
  const ToolRun foreign = run_tool({"trace", "--from", "/etc/passwd"});
  EXPECT_EQ(foreign.status, 2);
  EXPECT_NE(foreign.err.find("is not a capture"), std::string::npos) << foreign.err;
}

}  // namespace
}  // namespace conntrail::live
