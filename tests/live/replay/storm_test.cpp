// The capture of a storm: 50 000 connections, replayed byte for byte.
#include <algorithm>

#include "crowd.h"
#include "hidden_transitions.h"
#include "replay_scenario.h"

namespace conntrail::live {
namespace {

using std::chrono::seconds;

class Storm : public ReplayScenario {
 protected:
  // `cmp`, for files of hundreds of megabytes.
  static void expect_equal(const std::string& one, const std::string& other) {
    const test::CommandResult compared = test::run_command({"cmp", one, other});
    EXPECT_EQ(compared.status, 0) << compared.out << compared.err;
  }
};

TEST_F(Storm, FiftyThousandConnections) {
  constexpr int kConnections = 50'000;
  net.sysctl("net.ipv4.tcp_max_tw_buckets", "200000");
  Peer crowd{"ct-crowd"};
  const Pair before = connect_pair(client, server, loopback(Flavour::v4));
  const std::string lines = path("live.json");
  Tool run({"trace", "--json", "--netns", "self", "--ring-size", "64M", "-o", lines, "--capture",
            path("storm.ct")});
  ASSERT_TRUE(eventually(
      [&] {
        return std::filesystem::exists(lines) &&
               test::read_file(lines).find("\"type\":\"snapshot\"") != std::string::npos;
      },
      seconds(20)));
  const HiddenTransitions hidden;
  churn(crowd, kConnections, ChurnEnd::fin);
  client.close(before.client);
  server.read_end(before.server);
  server.close(before.server);
  wait_for_quiet();
  const std::uint64_t in_time_wait = sockstat_time_wait();
  const Finished finished = run.stop(SIGINT, seconds(60));
  EXPECT_EQ(finished.status, 0) << finished.err;
  const std::string again = path("again.json");
  const ToolRun replay = run_tool({"trace", "--json", "--from", path("storm.ct"), "-o", again});
  EXPECT_EQ(replay.status, 0) << replay.err;
  expect_equal(lines, again);
  EXPECT_TRUE(replay.err.ends_with(finished.err)) << replay.err;
  EXPECT_NE(finished.err.find(" lost"), std::string::npos);
  EXPECT_EQ(std::stoi(finished.err.substr(finished.err.find(": ") + 2)), 2 * (kConnections + 1) + 16)
      << "both ends, and churn()'s 16 listeners: " << finished.err;

  // As anybody, of the table: whoever is in TIME_WAIT now was closed by the client.
  const ToolRun table =
      run_tool({"list", "--json", "--from", path("storm.ct"), "state", "time-wait"}, false, true);
  EXPECT_EQ(table.status, 0) << table.err;
  const auto listed = static_cast<std::uint64_t>(std::ranges::count(table.out, '\n'));
  EXPECT_LE(std::max(listed, in_time_wait) - std::min(listed, in_time_wait), hidden.count())
      << listed << " listed, " << in_time_wait << " in the kernel";

  const auto bytes = static_cast<double>(std::filesystem::file_size(path("storm.ct")));
  std::printf("%.0f bytes a connection in the capture, both ends\n", bytes / kConnections);
  EXPECT_LT(bytes / kConnections, 400) << "twelve events: a few tens of bytes each before compression";
}

}  // namespace
}  // namespace conntrail::live
