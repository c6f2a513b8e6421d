// `capture`: how it ends, what it says, what it refuses.
#include <fstream>
#include <regex>

#include "replay_scenario.h"

namespace conntrail::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class CaptureCommand : public ReplayScenario {
 protected:
  // events, connections, lost, bytes of the summary line; the test fails when there is none.
  static std::vector<std::uint64_t> summary(const std::string& err) {
    static const std::regex kLine(
        "conntrail: (\\d+) events of (\\d+) connections, (\\d+) lost, (\\d+) bytes in .+\n");
    std::smatch match;
    if (!std::regex_search(err, match, kLine)) {
      ADD_FAILURE() << "no summary: " << err;
      return {0, 0, 0, 0};
    }
    std::vector<std::uint64_t> numbers;
    for (std::size_t i = 1; i < match.size(); ++i) numbers.push_back(std::stoull(match[i]));
    return numbers;
  }
};

TEST_F(CaptureCommand, EndsAtCtrlC) {
  Tool capture({"capture", path("run.ct"), "--netns", "self"});
  pause_for(patience(milliseconds(1500)));
  (void)one_connection();
  wait_for_quiet();
  // A block at least every second: readable while it is written.
  const ToolRun meanwhile = run_tool({"trace", "--json", "--from", path("run.ct")}, true);
  EXPECT_GE(count_type(meanwhile.lines, "end"), 2U) << meanwhile.err;
  const Finished finished = capture.stop(SIGINT);
  EXPECT_EQ(finished.status, 0) << finished.err;
  const auto numbers = summary(finished.err);
  EXPECT_EQ(numbers[0], 11U) << "ten of the connection, one of its listener";
  EXPECT_EQ(numbers[1], 3U);
  EXPECT_EQ(numbers[2], 0U);
  EXPECT_EQ(numbers[3], std::filesystem::file_size(path("run.ct")));
  const ToolRun replay = run_tool({"trace", "--json", "--from", path("run.ct")}, true, true);
  EXPECT_EQ(replay.status, 0);
  EXPECT_EQ(count_type(replay.lines, "end"), 2U);
}

TEST_F(CaptureCommand, EndsByItself) {
  const ToolRun timed = run_tool({"capture", path("run.ct"), "--netns", "self", "--for", "1s"});
  EXPECT_EQ(timed.status, 0) << timed.err;
  (void)summary(timed.err);
  Tool counted({"capture", path("run.ct"), "--netns", "self", "--count", "5"});
  Tool sized({"capture", path("sized.ct"), "--netns", "self", "--max-size", "1K"});
  pause_for(patience(milliseconds(1500)));
  (void)one_connection();
  EXPECT_EQ(counted.wait(seconds(5)).status, 0) << counted.err();
  EXPECT_GE(summary(counted.err())[0], 5U);
  EXPECT_EQ(sized.wait(seconds(5)).status, 0) << sized.err();
  EXPECT_GE(summary(sized.err())[3], 1024U);
}

TEST_F(CaptureCommand, ThroughAPipe) {
  const std::string pipe =
      tool_path() + " capture - --netns self --for 1s | " + tool_path() + " list --from - --json";
  (void)connect_pair(client, server, loopback(Flavour::v4));
  const test::CommandResult run = test::run_command({"sh", "-c", pipe});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(std::ranges::count(run.out, '\n'), 3) << run.out;
  const test::CommandResult closed = test::run_command(
      {"sh", "-c", tool_path() + " capture - --netns self --for 2s | head -c 8 >/dev/null"});
  EXPECT_EQ(closed.status, 0);
  EXPECT_EQ(closed.err.find("cannot"), std::string::npos) << closed.err;
}

TEST_F(CaptureCommand, KeepsOutWhatTheFilterKeepsOut) {
  const int one = server.listen(loopback(Flavour::v4));
  const int other = server.listen(loopback(Flavour::v4));
  const std::string port = std::to_string(server.facts(one).local.port());
  Tool capture({"capture", path("run.ct"), "--netns", "self", "dport", "=", ":" + port});
  pause_for(patience(milliseconds(1500)));
  (void)connect_again(client, server, one);
  (void)connect_again(client, server, other);
  wait_for_quiet();
  EXPECT_EQ(capture.stop(SIGINT).status, 0);
  const ToolRun replay = run_tool({"trace", "--json", "--from", path("run.ct")}, true, true);
  EXPECT_NE(replay.err.find("remote port " + port), std::string::npos) << replay.err;
  for (const Json& line : replay.lines) {
    if (line.value("type", "") != "transition") continue;
    EXPECT_EQ(std::to_string(line.value("remote_port", 0)), port) << line;
  }
  EXPECT_EQ(count_type(replay.lines, "transition"), 2U);
}

TEST_F(CaptureCommand, SaysWhenItCompares) {
  const ToolRun nobody = run_tool({"capture", "-", "--netns", "self", "--for", "500ms"}, false, true);
  EXPECT_EQ(nobody.status, 0) << nobody.err;
  EXPECT_NE(nobody.err.find("comparing snapshots"), std::string::npos) << nobody.err;
  (void)summary(nobody.err);
}

TEST_F(CaptureCommand, Refuses) {
  EXPECT_EQ(run_tool({"capture"}).status, 2);
  EXPECT_EQ(run_tool({"capture", path("x"), "--max-size", "a lot"}).status, 2);
  std::ofstream(path("thesis")) << "years of work";
  const ToolRun kept = run_tool({"capture", path("thesis"), "--for", "100ms"});
  EXPECT_EQ(kept.status, 2);
  EXPECT_NE(kept.err.find("is not a capture"), std::string::npos) << kept.err;
  EXPECT_EQ(test::read_file(path("thesis")), "years of work");
  const ToolRun full = run_tool({"capture", "/dev/full", "--for", "1500ms"});
  EXPECT_EQ(full.status, 2);
  EXPECT_NE(full.err.find("No space left"), std::string::npos) << full.err;
}

}  // namespace
}  // namespace conntrail::live
