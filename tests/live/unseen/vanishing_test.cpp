// Time-wait sockets that are killed, and tables without cookies beside events.
#include <csignal>

#include <unistd.h>

#include <filesystem>

#include "cli_scenario.h"

namespace conntrail::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Vanishing : public Cli {
 protected:
  // Of one end, whatever its cookie: rows of /proc/net have none.
  static std::vector<Json> rows_of(const std::vector<Json>& lines, const SocketFacts& facts) {
    std::vector<Json> rows;
    for (const Json& line : lines) {
      if (line.value("type", "") == "connection" && line.value("local_port", 0U) == facts.local.port() &&
          line.value("remote_port", 0U) == facts.remote.port())
        rows.push_back(line);
    }
    return rows;
  }
  void close_both(const Pair& pair) {
    client.close(pair.client);
    server.read_end(pair.server);
    server.close(pair.server);
  }
};

TEST_F(Vanishing, KilledTimeWaitIsToldWithinASecond) {
  trace();
  const Pair pair = one_connection();
  const std::uint64_t cookie = pair.client_facts.cookie;
  ASSERT_TRUE(kernel_says(cookie, "TIME_WAIT"));
  const auto left = [&](const Json& line) {
    return line.value("cookie", std::uint64_t{0}) == cookie && line.value("from", "") == "TIME_WAIT";
  };
  EXPECT_FALSE(tool->saw(left, milliseconds(1500))) << "it lives: " << tool->out();
  (void)test::run_command({"ss", "-K", "state", "time-wait"});
  ASSERT_EQ(sockstat_time_wait(), 0U) << "this kernel does not kill time-wait sockets";
  EXPECT_TRUE(tool->saw(left, patience(milliseconds(1500)))) << tool->out();
  EXPECT_EQ(tool->stop(SIGINT).status, 0) << tool->err();
  for (const Json& line : tool->lines()) {
    if (left(line)) {
      EXPECT_LT(line["after_us"].get<double>(), 20e6) << line;
    }
  }
}

TEST_F(Vanishing, ConnectionFromBeforeIsListedOnceWithoutCookies) {
  const Pair pair = connect_pair(client, server, loopback(Flavour::v4));
  Tool list(
      {"list", "--json", "--netns", "self", "--source", "proc", "--for", slow_machine() ? "20s" : "4s"});
  pause_for(patience(milliseconds(2000)));
  close_both(pair);
  EXPECT_EQ(list.wait(patience(seconds(20))).status, 0) << list.err();
  const std::vector<Json> rows = rows_of(list.lines(), pair.client_facts);
  ASSERT_EQ(rows.size(), 1U) << list.out();
  EXPECT_EQ(rows[0].value("state", ""), "TIME_WAIT") << rows[0];
}

TEST_F(Vanishing, ConnectionFromBeforeIsRecordedOnceWithoutCookies) {
  const std::string database = "/tmp/conntrail-bare-" + std::to_string(::getpid()) + ".db";
  const Pair pair = connect_pair(client, server, loopback(Flavour::v4));
  Tool record({"record", "--db", database, "--netns", "self", "--source", "proc", "--for",
               slow_machine() ? "20s" : "5s"});
  pause_for(patience(milliseconds(2500)));
  close_both(pair);
  EXPECT_EQ(record.wait(patience(seconds(20))).status, 0) << record.err();
  const ToolRun history = run_tool({"history", "--db", database, "--json"}, true);
  EXPECT_EQ(rows_of(history.lines, pair.client_facts).size(), 1U) << history.out;
  EXPECT_EQ(rows_of(history.lines, pair.server_facts).size(), 1U) << history.out;
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(database + suffix);
}

}  // namespace
}  // namespace conntrail::live
