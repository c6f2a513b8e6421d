// What a connection that was there before the tool has sent again: as its socket counts it, which ss prints;
// nothing where the source does not tell.
#include <csignal>
#include <regex>

#include "cli_scenario.h"

namespace conntrail::live {
namespace {

// What ss says of the connection, by its own names.
std::uint64_t ss_says(const SocketFacts& facts, const std::string& pattern) {
  const std::string port = std::to_string(facts.local.port());
  const std::string text = test::must_run({"ss", "-tinH", "sport", "=", ":" + port});
  std::smatch found;
  return std::regex_search(text, found, std::regex(pattern)) ? std::stoull(found[1]) : 0;
}

class ExistingRetransmits : public Cli {
 protected:
  // Data that is lost until it has been sent again some times, and then comes through.
  void SetUp() override {
    pair_ = connect_pair(client, server, loopback(Flavour::v4));
    client.write(pair_.client, 700);
    server.read(pair_.server, 700);
    test::PrivateNamespace::drop("tcp dport " + std::to_string(pair_.listener_facts.local.port()));
    client.write(pair_.client, 500);
    ASSERT_TRUE(eventually([this] { return total() >= 3; }, std::chrono::seconds(20)));
    test::PrivateNamespace::undrop();
    server.read(pair_.server, 500);
    // No more once the last one is acknowledged.
    ASSERT_TRUE(eventually([this] { return ss_says(pair_.client_facts, R"(unacked:(\d+))") == 0; },
                           std::chrono::seconds(20)));
  }
  [[nodiscard]] std::uint64_t total() const { return ss_says(pair_.client_facts, R"(retrans:\d+/(\d+))"); }

  // The connection's own line among those of a list.
  [[nodiscard]] Json row(const std::vector<std::string>& words) const {
    std::vector<std::string> all{"list", "--json", "--netns", "self", "--no-history"};
    all.insert(all.end(), words.begin(), words.end());
    const ToolRun run = run_tool(all, true);
    for (const Json& line : run.lines) {
      if (line.value("local_port", 0U) == pair_.client_facts.local.port()) return line;
    }
    return Json::object();
  }

  Pair pair_;
};

TEST_F(ExistingRetransmits, AreThoseOfSs) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {}, {"--source", "diag"}, {"--source", "bpf"}, {"--for", "1s"}, {"retransmits > 0"}}) {
    const Json line = row(words);
    EXPECT_EQ(line.value("retransmits", std::uint64_t{0}), total()) << line;
    EXPECT_FALSE(line.contains("syn_retransmits")) << "not known: " << line;
    EXPECT_EQ(line.value("bytes_sent", 0U), 1200U) << line;
    EXPECT_EQ(line.value("bytes_retransmitted", std::uint64_t{0}),
              ss_says(pair_.client_facts, R"(bytes_retrans:(\d+))"))
        << line;
    EXPECT_EQ(line.value("segments_out", std::uint64_t{0}), ss_says(pair_.client_facts, R"(segs_out:(\d+))"))
        << line;
    EXPECT_TRUE(line.contains("srtt_us")) << line;
  }
}

TEST_F(ExistingRetransmits, AreInThePlainTable) {
  const ToolRun table =
      run_tool({"list", "--netns", "self", "--no-history", "--columns", "retransmits,local", "--no-header"});
  const std::string port = std::to_string(pair_.client_facts.local.port());
  const std::regex expected(R"((^|\n) *)" + std::to_string(total()) + R"( +127\.0\.0\.1:)" + port);
  EXPECT_TRUE(std::regex_search(table.out, expected)) << table.out;
}

// /proc/net tells how often the segment in flight was sent again, and that is none.
TEST_F(ExistingRetransmits, AreAbsentWhereTheSourceDoesNotTell) {
  ASSERT_GT(total(), 0U);
  const Json line = row({"--source", "proc"});
  EXPECT_EQ(line.value("state", ""), "ESTABLISHED") << line;
  EXPECT_FALSE(line.contains("retransmits")) << line;
  EXPECT_FALSE(line.contains("bytes_sent")) << line;
  EXPECT_TRUE(row({"--source", "proc", "retransmits = 0"}).empty());
  const ToolRun table = run_tool({"list", "--netns", "self", "--no-history", "--source", "proc", "--columns",
                                  "retransmits,local", "--no-header"});
  const std::string port = std::to_string(pair_.client_facts.local.port());
  EXPECT_TRUE(std::regex_search(table.out, std::regex(R"((^|\n) *- +127\.0\.0\.1:)" + port))) << table.out;
}

// A trace knows them from its first snapshot on, and the end has the count of the socket.
TEST_F(ExistingRetransmits, AreInTheEndOfATrace) {
  const std::uint64_t before = total();
  trace();
  client.close(pair_.client);
  server.read_end(pair_.server);
  server.close(pair_.server);
  EXPECT_TRUE(tool->saw(
      [&](const Json& line) {
        return line.value("type", "") == "end" &&
               line.value("local_port", 0U) == pair_.client_facts.local.port() &&
               line.value("retransmits", std::uint64_t{0}) == before;
      },
      std::chrono::seconds(10)))
      << tool->out();
  EXPECT_EQ(tool->stop(SIGINT).status, 0) << tool->err();
}

}  // namespace
}  // namespace conntrail::live
