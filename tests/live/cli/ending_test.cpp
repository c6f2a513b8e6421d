// How a stream ends: after a time, after so many lines, by Ctrl-C, because its reader has gone.
#include <csignal>

#include "cli_scenario.h"

namespace conntrail::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Ending : public Cli {};

TEST_F(Ending, AfterATime) {
  const auto begin = std::chrono::steady_clock::now();
  trace({"--for", "1s"});
  (void)one_connection();
  const Finished finished = tool->wait(seconds(10));
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_GE(took, seconds(1));
  EXPECT_LT(took, patience(seconds(5)));
  EXPECT_NE(finished.err.find(" 0 lost"), std::string::npos) << finished.err;
}

TEST_F(Ending, AfterSoManyLines) {
  trace({"--count", "4"});
  (void)one_connection();
  const Finished finished = tool->wait(seconds(5));
  EXPECT_EQ(finished.status, 0) << finished.err;
  const std::size_t beside = count_type(tool->lines(), "snapshot") + count_type(tool->lines(), "summary");
  EXPECT_EQ(tool->lines().size() - beside, 4U) << tool->out();
}

// The summary's numbers are those of the lines, and of what the test did.
TEST_F(Ending, ByInterruptWithASummary) {
  trace();
  const Pair pair = one_connection();
  EXPECT_TRUE(tool->saw([](const Json& line) { return line.value("to", "") == "TIME_WAIT"; }, seconds(5)));
  const Finished finished = tool->stop(SIGINT);
  EXPECT_EQ(finished.status, 0);
  const Json& summary = tool->lines().back();
  ASSERT_EQ(summary.value("type", ""), "summary");
  EXPECT_EQ(summary.value("transitions", 0U), count_type(tool->lines(), "transition"));
  EXPECT_EQ(summary.value("connections", 0U), 3U) << "client, server and listener";
  EXPECT_EQ(summary.value("events_lost", 1U), 0U);
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
  (void)pair;
}

TEST_F(Ending, ByTermination) {
  trace();
  EXPECT_EQ(tool->stop(SIGTERM).status, 0);
}

// `conntrail trace | head -1`: the reader goes, nothing is said about it.
TEST_F(Ending, WhenTheReaderHasGone) {
  Tool piped(ToolOptions{.arguments = {"trace", "--netns", "self"}, .raw_stdout = true});
  pause_for(patience(milliseconds(800)));
  ASSERT_TRUE(piped.running()) << piped.err();
  piped.close_stdout();
  (void)one_connection();
  const Finished finished = piped.wait(seconds(5));
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.err, "");
}

}  // namespace
}  // namespace conntrail::live
