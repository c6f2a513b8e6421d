// Every connection is in the database, with what the test knows of it.
#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>

#include "recorded.h"

namespace conntrail::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

using Record = Recorded;

TEST_F(Record, EveryConnectionOnce) {
  constexpr int kClosed = 400;
  constexpr int kReset = 200;
  Peer crowd{"ct-crowd"};
  record();
  churn(crowd, kClosed, ChurnEnd::fin);
  churn(crowd, kReset, ChurnEnd::reset);
  stop_recording();
  EXPECT_EQ(number("SELECT count(*) FROM connection WHERE direction = 'active'"), kClosed + kReset);
  EXPECT_EQ(number("SELECT count(*) FROM connection WHERE direction = 'passive'"), kClosed + kReset);
  EXPECT_EQ(number("SELECT count(DISTINCT cookie) FROM connection"),
            number("SELECT count(*) FROM connection"));
  EXPECT_EQ(
      number("SELECT count(*) FROM connection WHERE direction = 'active' AND comm = 'ct-crowd' AND ended AND "
             "end_reason = 'normal' AND closed_first = 'local' AND time_wait"),
      kClosed);
  EXPECT_EQ(
      number("SELECT count(*) FROM connection WHERE direction = 'active' AND comm = 'ct-crowd' AND gone AND "
             "end_reason = 'reset_by_local'"),
      kReset);
  EXPECT_EQ(
      number("SELECT count(*) FROM connection WHERE direction = 'passive' AND end_reason = 'reset_by_peer'"),
      kReset);
  EXPECT_EQ(number("SELECT count(*) FROM connection WHERE gap"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM gap"), 0);
  EXPECT_NE(recorder->err().find(" 0 events lost"), std::string::npos) << recorder->err();
}

TEST_F(Record, WhatIsKnownOfOne) {
  const int listening = server.listen(loopback(Flavour::v4));
  record();
  const Pair pair = connect_again(client, server, listening);
  client.write(pair.client, 3000);
  server.read(pair.server, 3000);
  client.close(pair.client);
  server.read_end(pair.server);
  server.close(pair.server);
  ASSERT_TRUE(row_becomes(pair.server_facts.cookie, [](const Json& row) { return row["gone"] == 1; }));
  stop_recording();

  const Json mine = row_of(pair.client_facts.cookie);
  EXPECT_EQ(mine["comm"], "ct-client");
  EXPECT_EQ(mine["pid"], client.party().pid);
  EXPECT_EQ(mine["owner_source"], "close");
  EXPECT_EQ(mine["direction"], "active");
  EXPECT_EQ(mine["local_addr"], "127.0.0.1");
  EXPECT_EQ(mine["state"], "TIME_WAIT");
  EXPECT_EQ(mine["end_reason"], "normal");
  EXPECT_EQ(mine["closed_first"], "local");
  EXPECT_EQ(mine["bytes_sent"], 3000);
  EXPECT_THAT(states(mine), ElementsAre("SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"));
  const Json theirs = row_of(pair.server_facts.cookie);
  EXPECT_EQ(theirs["comm"], "ct-server");
  EXPECT_EQ(theirs["direction"], "passive");
  EXPECT_EQ(theirs["closed_first"], "remote");
  EXPECT_EQ(theirs["bytes_received"], 3000);
  EXPECT_THAT(states(theirs), ElementsAre("SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"));
}

TEST_F(Record, ARefusedOne) {
  record();
  const int listening = server.listen(loopback(Flavour::v4));
  const Address nobody = server.facts(listening).local;
  server.close(listening);
  const int fd = client.open(AF_INET);
  const std::uint64_t cookie = client.facts(fd).cookie;
  EXPECT_EQ(client.connect_error(fd, nobody), ECONNREFUSED);
  client.close(fd);
  ASSERT_TRUE(row_becomes(cookie, [](const Json& row) { return row["gone"] == 1; }));
  const Json row = row_of(cookie);
  EXPECT_EQ(row["end_reason"], "refused");
  EXPECT_EQ(row["error"], "ECONNREFUSED");
  const Json marks = Json::parse(row["marks"].get<std::string>());
  ASSERT_EQ(marks.size(), 1U) << marks;
  EXPECT_EQ(marks[0]["kind"], "reset_received");
  stop_recording();
}

// How soon depends on how busy the host is: what a row costs is kept to a share of the time.
TEST_F(Record, OpenOnesAreRefreshed) {
  const int listening = server.listen(loopback(Flavour::v4));
  record();
  const Pair pair = connect_again(client, server, listening);
  ASSERT_TRUE(
      row_becomes(pair.client_facts.cookie, [](const Json& row) { return row["state"] == "ESTABLISHED"; }));
  client.write(pair.client, 5000);
  ASSERT_TRUE(row_becomes(
      pair.server_facts.cookie, [](const Json& row) { return row["receive_queue"] == 5000; }, seconds(30)));
  EXPECT_EQ(row_of(pair.client_facts.cookie)["ended"], 0);
  stop_recording();
  EXPECT_EQ(row_of(pair.client_facts.cookie)["bytes_sent"], 5000);
}

// Nothing happens to the rest: their rows stay as they are.
TEST_F(Record, IdleRowsAreNotWrittenAgain) {
  const int listening = server.listen(loopback(Flavour::v4));
  std::vector<Pair> idle;
  for (int i = 0; i < 20; ++i) idle.push_back(connect_again(client, server, listening));
  record();
  ASSERT_TRUE(eventually([&] { return number("SELECT count(*) FROM connection") == 41; }, seconds(5)));
  pause_for(seconds(1));
  const std::string sum = "SELECT sum(seen_ns / 1000000) AS n FROM connection";
  const std::int64_t before = number(sum);
  const std::int64_t run_before = number("SELECT max(last_commit) AS n FROM run");
  pause_for(seconds(3));
  EXPECT_EQ(number(sum), before) << "a row was written although nothing happened";
  EXPECT_GT(number("SELECT max(last_commit) AS n FROM run"), run_before) << "the recorder is alive";
  stop_recording();
}

TEST_F(Record, ByPolling) {
  const int listening = server.listen(loopback(Flavour::v4));
  record({"--poll"});
  const Pair pair = connect_again(client, server, listening);
  ASSERT_TRUE(
      row_becomes(pair.client_facts.cookie, [](const Json& row) { return row["state"] == "ESTABLISHED"; }));
  client.close(pair.client);
  server.close(pair.server);
  ASSERT_TRUE(
      row_becomes(pair.client_facts.cookie, [](const Json& row) { return row["state"] == "TIME_WAIT"; }));
  EXPECT_EQ(row_of(pair.client_facts.cookie)["comm"], "ct-client");
  EXPECT_EQ(rows("SELECT source FROM run").front()["source"], "polling");
  EXPECT_NE(recorder->err().find("by polling"), std::string::npos) << recorder->err();
  stop_recording();
}

TEST_F(Record, OnlyWhatTheFilterChooses) {
  const int one = server.listen(loopback(Flavour::v4));
  const int other = server.listen(loopback(Flavour::v4));
  const Address chosen = server.facts(one).local;
  record({"dport", "=", ":" + std::to_string(chosen.port())});
  const Pair yes = one_connection(one);
  const Pair no = one_connection(other);
  stop_recording();
  EXPECT_FALSE(row_of(yes.client_facts.cookie).is_null());
  EXPECT_TRUE(row_of(no.client_facts.cookie).is_null());
}

TEST_F(Record, SamplesOfTheHost) {
  record();
  stop_recording();
  EXPECT_GE(number("SELECT count(*) FROM host_sample"), 1);
  EXPECT_GT(
      number("SELECT json_extract(\"values\", '$.\"sysctl.tcp_max_tw_buckets\"') FROM host_sample LIMIT 1"),
      0)
      << rows("SELECT * FROM host_sample LIMIT 1");
}

// A mistyped --keep would delete a week of history at once.
TEST_F(Record, WhatWouldDeleteEverythingIsRefused) {
  const auto err = [&](const std::string& option, const std::string& value) {
    const ToolRun run =
        run_tool({"record", "--db", database(), "--netns", "self", "--for", "0.1s", option, value});
    EXPECT_EQ(run.status, 2) << option << " " << value << ": " << run.err;
    return run.err;
  };
  EXPECT_NE(err("--keep", "0").find("nothing would be left"), std::string::npos);
  EXPECT_NE(err("--keep", "10ms").find("nothing would be left"), std::string::npos);
  EXPECT_NE(err("--keep", "7").find("'7' has no unit (write 7d, 7h or 7s)"), std::string::npos);
  EXPECT_NE(err("--max-size", "1M").find("give it 4M or more"), std::string::npos);
  EXPECT_NE(err("--keep", "").find("--keep: the value is empty"), std::string::npos);
  EXPECT_NE(::access(database().c_str(), F_OK), 0);
}

TEST_F(Record, EndsByItself) {
  recorder = std::make_unique<Tool>(
      std::vector<std::string>{"record", "--db", database(), "--netns", "self", "--for", "1s", "--json"});
  const Finished finished = recorder->wait();
  EXPECT_EQ(finished.status, 0) << finished.err;
  ASSERT_EQ(recorder->lines().size(), 1U);
  EXPECT_EQ(recorder->lines().front()["type"], "summary");
  EXPECT_EQ(recorder->lines().front()["events_lost"], 0);
  EXPECT_EQ(number("SELECT clean_end FROM run"), 1);
}

}  // namespace
}  // namespace conntrail::live
