// A recorder that is started again goes on where the one before it stopped.
#include <csignal>

#include "recorded.h"

namespace conntrail::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Restart : public Recorded {
 protected:
  // Open, with its row in the database.
  Pair open_one(int listening) {
    const Pair pair = connect_again(client, server, listening);
    EXPECT_TRUE(
        row_becomes(pair.client_facts.cookie, [](const Json& row) { return row["state"] == "ESTABLISHED"; }));
    EXPECT_TRUE(
        row_becomes(pair.server_facts.cookie, [](const Json& row) { return row["state"] == "ESTABLISHED"; }));
    return pair;
  }
  void close_both(const Pair& pair) {
    client.close(pair.client);
    server.read_end(pair.server);
    server.close(pair.server);
  }
};

TEST_F(Restart, OpenConnectionsKeepTheirIdsAndTrails) {
  const int listening = server.listen(loopback(Flavour::v4));
  record();
  const Pair pair = open_one(listening);
  const Json before = row_of(pair.client_facts.cookie);
  stop_recording();
  EXPECT_EQ(number("SELECT clean_end FROM run WHERE id = 1"), 1);

  record();
  EXPECT_NE(recorder->err().find("with 3 connections of the run before"), std::string::npos)
      << recorder->err();
  close_both(pair);
  ASSERT_TRUE(row_becomes(pair.server_facts.cookie, [](const Json& row) { return row["gone"] == 1; }));
  stop_recording();
  const Json after = row_of(pair.client_facts.cookie);
  EXPECT_EQ(after["id"], before["id"]);
  // Each run measures the wall clock anew; CLOCK_MONOTONIC is what is kept.
  EXPECT_LT(std::abs(after["opened_ns"].get<std::int64_t>() - before["opened_ns"].get<std::int64_t>()),
            1'000'000);
  EXPECT_EQ(after["end_reason"], "normal");
  EXPECT_EQ(after["comm"], "ct-client");
  EXPECT_EQ(states(after),
            (std::vector<std::string>{"SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"}));
  EXPECT_EQ(number("SELECT count(*) FROM connection"), 3) << "two ends and a listener, each once";
}

TEST_F(Restart, AfterAKillTheGapIsMarked) {
  const int listening = server.listen(loopback(Flavour::v4));
  record();
  const Pair stays = open_one(listening);
  const Pair ends = open_one(listening);
  stop_recording(SIGKILL);
  close_both(ends);
  pause_for(milliseconds(300));

  record();
  ASSERT_TRUE(row_becomes(ends.client_facts.cookie, [](const Json& row) { return row["ended"] == 1; }));
  const Json gap = rows("SELECT * FROM gap");
  ASSERT_EQ(gap.size(), 1U) << gap;
  EXPECT_EQ(gap[0]["cause"], "recorder killed");
  EXPECT_GT(gap[0]["to_ns"].get<std::int64_t>() - gap[0]["from_ns"].get<std::int64_t>(), 300'000'000);
  EXPECT_EQ(row_of(stays.client_facts.cookie)["gap"], 1);
  EXPECT_EQ(row_of(stays.client_facts.cookie)["state"], "ESTABLISHED");
  EXPECT_EQ(row_of(ends.client_facts.cookie)["gap"], 1);
  close_both(stays);
  ASSERT_TRUE(row_becomes(stays.server_facts.cookie, [](const Json& row) { return row["gone"] == 1; }));
  stop_recording();

  const ToolRun history = run_tool({"history", "--db", database(), "--json"}, true);
  EXPECT_EQ(history.lines.back()["type"], "gap");
  EXPECT_EQ(history.lines.back()["cause"], "recorder killed");
  const ToolRun text = run_tool({"history", "--db", database()});
  EXPECT_NE(text.err.find("something may be missing: recorder killed"), std::string::npos) << text.err;
}

TEST_F(Restart, ASecondRecorderIsRefused) {
  record();
  const ToolRun second = run_tool({"record", "--db", database(), "--netns", "self", "--for", "1s"});
  EXPECT_EQ(second.status, 2) << second.err;
  EXPECT_NE(second.err.find(std::to_string(recorder->pid())), std::string::npos) << second.err;
  EXPECT_TRUE(recorder->running());
  stop_recording();
}

}  // namespace
}  // namespace conntrail::live
