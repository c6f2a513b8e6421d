// A capture that was written beside the database gives the same answers as the database, byte for byte.
#include <csignal>
#include <cstdlib>

#include "hidden_transitions.h"
#include "recorded.h"

namespace conntrail::live {
namespace {

using std::chrono::seconds;

class ReplayEqualsLive : public Recorded {
 protected:
  [[nodiscard]] std::string capture() const { return directory.file("capture"); }
  static std::string first_difference(const std::string& one, const std::string& other) {
    std::istringstream a(one);
    std::istringstream b(other);
    std::string x;
    std::string y;
    while (std::getline(a, x) && std::getline(b, y)) {
      if (x != y) return x + "\n" + y;
    }
    return "one of them is longer";
  }
  // The same words on both.
  void expect_same(const std::vector<std::string>& words, int status = 0) const {
    std::vector<std::string> on_database = words;
    on_database.insert(on_database.end(), {"--db", database()});
    std::vector<std::string> on_capture = words;
    on_capture.insert(on_capture.end(), {"--from", capture()});
    const ToolRun one = run_tool(on_database);
    const ToolRun other = run_tool(on_capture);
    std::string all;
    for (const std::string& word : words) all += word + " ";
    EXPECT_EQ(one.status, status) << all << one.err;
    EXPECT_EQ(other.status, status) << all << other.err;
    EXPECT_TRUE(one.out == other.out) << all << ":\n" << first_difference(one.out, other.out);
    EXPECT_EQ(one.out.empty(), status == 1) << all;
  }
};

TEST_F(ReplayEqualsLive, WhateverIsAsked) {
  Peer crowd{"ct-crowd"};
  const int listening = server.listen(loopback(Flavour::v4));
  const Pair before = connect_again(client, server, listening);  // there before the recorder
  record({"--capture", capture()});
  churn(crowd, 500, ChurnEnd::fin);
  churn(crowd, 300, ChurnEnd::reset);
  const Pair across = connect_again(client, server, listening);  // still open at the end
  client.write(across.client, 4000);
  const Pair whole = one_connection(listening);
  const int fd = client.open(AF_INET);
  EXPECT_EQ(client.connect_error(fd, loopback(Flavour::v4, 1)), ECONNREFUSED);
  client.close(fd);
  client.close(before.client);
  server.read_end(before.server);
  server.close(before.server);
  ASSERT_TRUE(row_becomes(before.server_facts.cookie, [](const Json& row) { return row["gone"] == 1; }));
  stop_recording();

  expect_same({"history", "--json"});
  expect_same({"history", "--json", "--open"});
  expect_same({"history", "--json", "--sort", "duration", "--top", "20"});
  expect_same({"history", "--json", "--sort", "-connect", "--top", "20"});
  expect_same({"history", "--csv", "--sort", "bytes_sent"});
  expect_same({"history", "--top", "50", "--columns", "all"});
  expect_same({"history", "comm", "ct-client", "and", "state", "time-wait"});
  expect_same({"history", "--json", "dport", "=", ":1"});
  expect_same({"history", "--json", "dport", "=", ":2"}, 1);
  for (const char* key : {"comm", "remote_port", "end_reason", "closed_first", "state", "direction"})
    expect_same({"history", "--group-by", key, "--json"});
  expect_same({"history", "--group-by", "comm", "state", "time-wait"});
  expect_same({"show", "--json",
               whole.client_facts.local.text() + ":" + std::to_string(whole.client_facts.local.port())});
  expect_same({"show", ":1"});
  const Json row = row_of(across.client_facts.cookie);
  expect_same({"show", std::to_string(row["id"].get<std::uint64_t>())});
}

TEST_F(ReplayEqualsLive, OfFiftyThousandConnections) {
  constexpr std::int64_t kConnections = 50'000;
  Peer crowd{"ct-crowd"};
  record({"--capture", capture(), "--ring-size", "64M"});
  const HiddenTransitions hidden;
  churn(crowd, static_cast<int>(kConnections), ChurnEnd::fin);
  pause_for(seconds(1));
  stop_recording();
  const std::int64_t recorded = number("SELECT count(*) FROM connection WHERE remote_port > 0");
  EXPECT_LE(std::abs(recorded - 2 * kConnections), static_cast<std::int64_t>(hidden.count()))
      << recorded << " recorded, of both ends";
  EXPECT_EQ(number("SELECT count(*) FROM gap"), 0);
  expect_same({"history", "--json"});
  expect_same({"history", "--csv", "--sort", "duration", "--columns", "all"});
  for (const char* key : {"local_port", "remote_port", "closed_first", "comm"})
    expect_same({"history", "--group-by", key, "--json"});
}

}  // namespace
}  // namespace conntrail::live
