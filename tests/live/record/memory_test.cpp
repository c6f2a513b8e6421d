// list and netstat ask the recorder that runs.
#include <gmock/gmock.h>

#include <csignal>

#include "command.h"
#include "recorded.h"

namespace conntrail::live {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Memory : public Recorded {
 protected:
  // A TIME_WAIT socket of the client, known to the recorder.
  Pair time_wait() {
    const int listening = server.listen(loopback(Flavour::v4));
    record();
    const Pair pair = one_connection(listening);
    EXPECT_TRUE(
        row_becomes(pair.client_facts.cookie, [](const Json& row) { return row["state"] == "TIME_WAIT"; }));
    EXPECT_TRUE(row_becomes(pair.server_facts.cookie, [](const Json& row) { return row["gone"] == 1; }));
    return pair;
  }
  [[nodiscard]] std::string time_wait_line(const std::string& table) const {
    std::istringstream stream(table);
    for (std::string line; std::getline(stream, line);) {
      if (line.find("TIME_WAIT") != std::string::npos) return line;
    }
    return {};
  }
};

TEST_F(Memory, NetstatNamesTheOwnerOfATimeWaitSocket) {
  time_wait();
  const std::string owner = std::to_string(client.party().pid) + "/ct-client";
  const ToolRun without = run_tool({"netstat", "-tanp"});
  EXPECT_THAT(time_wait_line(without.out), HasSubstr(" -"));
  EXPECT_THAT(time_wait_line(without.out), Not(HasSubstr("ct-client")));
  const ToolRun with = run_tool({"netstat", "-tanp", "--history=" + database()});
  EXPECT_THAT(time_wait_line(with.out), HasSubstr(owner)) << with.err;
  const ToolRun json = run_tool({"netstat", "-tanp", "--history=" + database(), "--json"}, true);
  bool found = false;
  for (const Json& line : json.lines) {
    if (line.value("state", "") != "TIME_WAIT") continue;
    found = true;
    EXPECT_EQ(line["pid"], client.party().pid);
    EXPECT_EQ(line["program"], "ct-client");
  }
  EXPECT_TRUE(found);
  stop_recording();
  const ToolRun ended = run_tool({"netstat", "-tanp", "--history=" + database()});
  EXPECT_EQ(ended.out, run_tool({"netstat", "-tanp"}).out) << "a recorder that has ended remembers nothing";
  EXPECT_THAT(ended.err, HasSubstr("its recorder has ended"));
}

TEST_F(Memory, ListHasTrailsAndOwners) {
  const Pair pair = time_wait();
  const auto line_of = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"list", "--netns", "self", "--json"});
    for (const Json& line : run_tool(more, true).lines) {
      if (line.value("cookie", std::uint64_t{0}) == pair.client_facts.cookie) return line;
    }
    return Json();
  };
  const Json without = line_of({"--no-history"});
  ASSERT_FALSE(without.is_null());
  EXPECT_FALSE(without.contains("pid"));
  EXPECT_FALSE(without.contains("opened"));
  const Json with = line_of({"--history", database()});
  ASSERT_FALSE(with.is_null());
  EXPECT_EQ(with["comm"], "ct-client");
  EXPECT_TRUE(with.contains("opened"));
  EXPECT_EQ(with["trail"].size(), 5U) << with["trail"];
  EXPECT_EQ(with["end_reason"], "normal");
  EXPECT_EQ(with["gone"], false);
  stop_recording();
}

TEST_F(Memory, OnlyTheTableOfThisMomentIsShown) {
  const int listening = server.listen(loopback(Flavour::v4));
  record();
  const Pair pair = connect_again(client, server, listening);
  ASSERT_TRUE(
      row_becomes(pair.client_facts.cookie, [](const Json& row) { return row["state"] == "ESTABLISHED"; }));
  recorder->signal(SIGSTOP);  // it does not hear of the end
  client.linger_zero(pair.client);
  client.close(pair.client);
  server.close(pair.server);
  const ToolRun list = run_tool({"list", "--netns", "self", "--json", "--history", database()}, true);
  recorder->signal(SIGCONT);
  ASSERT_EQ(list.lines.size(), 1U) << list.out << list.err;
  EXPECT_EQ(list.lines[0]["state"], "LISTEN");
  stop_recording();
}

}  // namespace
}  // namespace conntrail::live
