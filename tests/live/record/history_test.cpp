// history and show against what the test knows.
#include <gmock/gmock.h>

#include <csignal>
#include <ctime>

#include "command.h"
#include "recorded.h"

namespace conntrail::live {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

std::string at(std::time_t time) {
  std::array<char, 32> text{};
  std::tm tm{};
  gmtime_r(&time, &tm);
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &tm);
  return text.data();
}

class History : public Recorded {
 protected:
  ToolRun history(std::vector<std::string> words, bool json = true) const {
    words.insert(words.begin(), {"history", "--db", database()});
    if (json) words.emplace_back("--json");
    return run_tool(words, json);
  }
  ToolRun show(std::vector<std::string> words) const {
    words.insert(words.begin(), {"show", "--db", database()});
    return run_tool(words);
  }
  static std::vector<std::uint64_t> cookies(const ToolRun& run) {
    std::vector<std::uint64_t> out;
    for (const Json& line : run.lines) out.push_back(line.value("cookie", std::uint64_t{0}));
    return out;
  }
};

TEST_F(History, ChoosesSortsAndCounts) {
  const int listening = server.listen(loopback(Flavour::v4));
  const std::string port = ":" + std::to_string(server.facts(listening).local.port());
  record();
  std::vector<std::uint64_t> in_order;
  for (const int bytes : {100, 300, 200}) {
    const Pair pair = connect_again(client, server, listening);
    client.write(pair.client, static_cast<std::size_t>(bytes));
    server.read(pair.server, static_cast<std::size_t>(bytes));
    pause_for(milliseconds(10 * bytes / 100));
    client.close(pair.client);
    server.read_end(pair.server);
    server.close(pair.server);
    in_order.push_back(pair.client_facts.cookie);
  }
  stop_recording();

  EXPECT_EQ(cookies(history({"dport", "=", port, "and", "comm", "ct-client"})), in_order) << "newest last";
  const std::vector<std::string> mine{"dport", "=", port};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.end(), mine.begin(), mine.end());
    return words;
  };
  const std::vector<std::uint64_t> by_bytes{in_order[1], in_order[2], in_order[0]};
  EXPECT_EQ(cookies(history(with({"--sort", "bytes_sent"}))), by_bytes);
  EXPECT_EQ(cookies(history(with({"--sort", "duration_us"}))), by_bytes);
  EXPECT_EQ(cookies(history(with({"--sort", "-bytes_sent", "--top", "2"}))),
            (std::vector<std::uint64_t>{in_order[0], in_order[2]}));
  EXPECT_EQ(cookies(history(with({"--top", "2"}))), (std::vector<std::uint64_t>{in_order[1], in_order[2]}));

  const ToolRun groups = history(with({"--group-by", "comm"}));
  ASSERT_EQ(groups.lines.size(), 1U);
  EXPECT_EQ(groups.lines[0]["value"], "ct-client");
  EXPECT_EQ(groups.lines[0]["connections"], 3);
  EXPECT_EQ(groups.lines[0]["bytes_sent"], 600);
  EXPECT_EQ(groups.lines[0]["failed"], 0);

  const test::CommandResult csv =
      test::run_command({tool_path(), "history", "--db", database(), "--csv", "--columns",
                         "cookie,bytes_sent", "--sort", "bytes_sent", "dport", "=", port});
  EXPECT_EQ(csv.out, "cookie,bytes_sent\r\n" + std::to_string(by_bytes[0]) + ",300\r\n" +
                         std::to_string(by_bytes[1]) + ",200\r\n" + std::to_string(by_bytes[2]) + ",100\r\n");
}

TEST_F(History, ChoosesByTime) {
  const int listening = server.listen(loopback(Flavour::v4));
  record();
  const Pair early = one_connection(listening);
  pause_for(milliseconds(2100));
  const std::time_t between = std::time(nullptr);
  pause_for(milliseconds(1100));
  const Pair late = one_connection(listening);
  stop_recording();
  // Its own end is in TIME_WAIT, its connection over.
  const ToolRun before = history({"--until", at(between), "comm", "ct-client"});
  EXPECT_EQ(cookies(before), std::vector<std::uint64_t>{early.client_facts.cookie}) << before.out;
  const ToolRun after = history({"--since", at(between), "comm", "ct-client"});
  EXPECT_EQ(cookies(after), std::vector<std::uint64_t>{late.client_facts.cookie}) << after.out;
  EXPECT_EQ(history({"--since", "-1m", "comm", "ct-client"}).lines.size(), 2U);
  EXPECT_EQ(history({"--until", "-1h", "comm", "ct-client"}).status, 1) << "nothing matched";
}

TEST_F(History, LivesInTheDatabaseWhileItIsWritten) {
  const int listening = server.listen(loopback(Flavour::v4));
  record();
  const Pair pair = connect_again(client, server, listening);
  ASSERT_TRUE(
      row_becomes(pair.client_facts.cookie, [](const Json& row) { return row["state"] == "ESTABLISHED"; }));
  const ToolRun open = history({"--open", "comm", "ct-client"});
  ASSERT_EQ(open.lines.size(), 1U) << open.err;
  EXPECT_EQ(open.lines[0]["cookie"], pair.client_facts.cookie);
  EXPECT_EQ(open.lines[0]["state"], "ESTABLISHED");
  const double age = open.lines[0]["age_us"].get<double>();
  pause_for(milliseconds(2500));
  const ToolRun later = history({"--open", "comm", "ct-client"});
  EXPECT_GT(later.lines.at(0)["age_us"].get<double>(), age + 1e6) << "it lives on though its row rests";
  stop_recording();
}

TEST_F(History, ShowsOne) {
  const int listening = server.listen(loopback(Flavour::v4));
  record();
  const Pair pair = connect_again(client, server, listening);
  client.write(pair.client, 2500);
  server.read(pair.server, 2500);
  client.close(pair.client);
  server.read_end(pair.server);
  server.close(pair.server);
  ASSERT_TRUE(row_becomes(pair.server_facts.cookie, [](const Json& row) { return row["gone"] == 1; }));
  stop_recording();
  const std::string local = "127.0.0.1:" + std::to_string(pair.client_facts.local.port());
  const std::string remote = "127.0.0.1:" + std::to_string(pair.client_facts.remote.port());
  const std::string id = std::to_string(row_of(pair.client_facts.cookie)["id"].get<std::uint64_t>());

  const ToolRun by_id = show({id});
  EXPECT_EQ(by_id.status, 0) << by_id.err;
  EXPECT_EQ(by_id.out.find('\x1b'), std::string::npos) << "no colour in a pipe";
  for (const std::string& part :
       {local + " → " + remote, "ct-client/" + std::to_string(client.party().pid),
        std::string("by this side"), std::string("SYN_SENT"), std::string("TIME_WAIT"),
        std::string("2.50kB in"),
        "normal: closed first by ct-client/" + std::to_string(client.party().pid)}) {
    EXPECT_THAT(by_id.out, HasSubstr(part));
  }
  // Both ends of it have these addresses; each is named.
  const ToolRun by_ends = show({local + "-" + remote});
  EXPECT_EQ(by_ends.status, 0) << by_ends.err;
  EXPECT_THAT(by_ends.out, HasSubstr(local));
  EXPECT_THAT(by_ends.err, HasSubstr("also "));
  EXPECT_EQ(show({local, remote}).out, by_ends.out);
  EXPECT_EQ(show({local}).out, by_ends.out);
  EXPECT_EQ(show({"latest"}).status, 0);
  EXPECT_EQ(show({"999999"}).status, 1);
  EXPECT_EQ(show({"10.1.2.3:4"}).status, 1);
  EXPECT_EQ(show({"nonsense"}).status, 2);
  EXPECT_EQ(show({}).status, 2);
}

TEST_F(History, ReadingMakesNoFile) {
  for (const char* command : {"history", "show"}) {
    std::vector<std::string> words{command, "--db", database()};
    if (words[0] == "show") words.emplace_back("latest");
    const ToolRun run = run_tool(words);
    EXPECT_EQ(run.status, 2) << run.err;
    EXPECT_THAT(run.err, HasSubstr("conntrail record"));
    EXPECT_THAT(run.err, HasSubstr(database()));
    EXPECT_NE(::access(database().c_str(), F_OK), 0);
  }
}

TEST_F(History, MistakesAreExplained) {
  record({"--for", "1s"});
  recorder->wait();
  const auto err = [&](std::vector<std::string> words) {
    const ToolRun run = history(std::move(words), false);
    EXPECT_EQ(run.status, 2) << run.err;
    return run.err;
  };
  EXPECT_THAT(err({"--since", "soon"}), HasSubstr("--since: 'soon' is not a time"));
  EXPECT_THAT(err({"--since", "-1m", "--until", "-2m"}), HasSubstr("--since is not before --until"));
  EXPECT_THAT(err({"--sort", "beauty"}), HasSubstr("unknown key 'beauty'"));
  EXPECT_THAT(err({"--group-by", "beauty"}), HasSubstr("unknown key 'beauty'"));
  EXPECT_THAT(err({"--group-by", "comm", "--sort", "id"}), HasSubstr("own order"));
  EXPECT_THAT(err({"--json", "--csv"}), HasSubstr("exclude each other"));
  EXPECT_THAT(err({"--from", "x"}), HasSubstr("exclude each other"));
  for (const char* number : {"-1", "1.5", "ten", "99999999999999999999"}) {
    EXPECT_THAT(err({"--top", number}), HasSubstr("--top: '" + std::string(number) + "' is not a count"));
  }
  EXPECT_THAT(err({"--top", "1", "--top", "2"}), HasSubstr("--top is given more than once"));
  EXPECT_THAT(err({"--top"}), HasSubstr("--top needs a value"));
  for (const char* option : {"--since", "--until", "--sort", "--group-by", "--columns", "--netns"}) {
    EXPECT_THAT(err({option, ""}), HasSubstr(std::string(option) + ": the value is empty"));
  }
  EXPECT_THAT(err({"--source", "diag"}), HasSubstr("unknown option '--source'")) << "it would do nothing";
  const ToolRun database_as_capture = run_tool({"history", "--from", database()});
  EXPECT_EQ(database_as_capture.status, 2);
  EXPECT_THAT(database_as_capture.err, HasSubstr("it is a database"));
}

// A recorder looks at its listeners again and again; they are not what was asked for.
TEST_F(History, TheLatestIsAConnectionAndNotAListener) {
  const int listening = server.listen(loopback(Flavour::v4));
  const std::string capture = directory.file("capture");
  record({"--capture", capture});
  const Pair pair = one_connection(listening);
  const int another = server.listen(loopback(Flavour::v6));
  ASSERT_TRUE(row_becomes(pair.server_facts.cookie, [](const Json& row) { return row["gone"] == 1; }));
  stop_recording();
  server.close(another);
  const std::string newest = std::to_string(number("SELECT max(id) FROM connection WHERE state != 'LISTEN'"));
  EXPECT_THAT(show({"latest"}).out, HasSubstr("id " + newest + ","));
  EXPECT_EQ(run_tool({"show", "latest", "--from", capture}).out, show({"latest"}).out);
}

}  // namespace
}  // namespace conntrail::live
