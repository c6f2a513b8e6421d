// What is asked of a history after an incident: what failed, at which service, and who opened it.
#include <gmock/gmock.h>

#include <cerrno>

#include "command.h"
#include "recorded.h"

namespace conntrail::live {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Incident : public Recorded {
 protected:
  ToolRun history(std::vector<std::string> words, bool json = true) const {
    words.insert(words.begin(), {"history", "--db", database()});
    if (json) words.emplace_back("--json");
    return run_tool(words, json);
  }
  // As somebody sees it who sits at a terminal.
  [[nodiscard]] std::string on_a_terminal(const std::string& words) const {
    return test::must_run(
        {"script", "-qec", tool_path() + " history --db " + database() + " " + words, "/dev/null"});
  }
  static const Json* group(const ToolRun& run, const Json& value) {
    for (const Json& line : run.lines) {
      if (line.value("type", "") == "group" &&
          (line.value("value", Json()) == value || line.value("values", Json()) == value))
        return &line;
    }
    return nullptr;
  }
};

TEST_F(Incident, ByServiceWithWhatFailedAndWhoOpenedIt) {
  const int listening = server.listen(loopback(Flavour::v4));
  const Address service = server.facts(listening).local;
  // A port at which nobody listens: of a listener that has closed.
  const int closed = server.listen(loopback(Flavour::v4));
  const Address nobody = server.facts(closed).local;
  server.close(closed);
  record();
  constexpr int kFine = 4;
  constexpr int kRefused = 3;
  for (int i = 0; i < kFine; ++i) (void)one_connection(listening);
  for (int i = 0; i < kRefused; ++i) {
    const int fd = client.open(AF_INET);
    EXPECT_EQ(client.connect_error(fd, nobody), ECONNREFUSED);
    client.close(fd);
  }
  stop_recording();

  const std::string fine = "127.0.0.1:" + std::to_string(service.port());
  const std::string refused = "127.0.0.1:" + std::to_string(nobody.port());
  const ToolRun services = history({"--group-by", "service"});
  EXPECT_EQ(services.status, 0) << services.err;
  const Json* good = group(services, fine);
  ASSERT_NE(good, nullptr) << services.out;
  EXPECT_EQ((*good)["connections"], kFine) << "each once, though both of its ends are here";
  EXPECT_EQ((*good)["failed"], 0);
  EXPECT_FALSE(good->contains("worst_reason"));
  EXPECT_EQ((*good)["opened_by"], "ct-client");
  const Json* bad = group(services, refused);
  ASSERT_NE(bad, nullptr) << services.out;
  EXPECT_EQ((*bad)["connections"], kRefused);
  EXPECT_EQ((*bad)["failed"], kRefused);
  EXPECT_EQ((*bad)["worst_reason"], "refused");

  const ToolRun text = history({"--group-by", "service"}, false);
  EXPECT_THAT(text.out, HasSubstr("SERVICE"));
  EXPECT_THAT(text.out, HasSubstr("OPENED BY"));
  EXPECT_THAT(text.out, HasSubstr("WORST REASON"));

  for (const std::vector<std::string>& keys :
       {std::vector<std::string>{"--group-by", "service,comm"},
        std::vector<std::string>{"--group-by", "service", "--group-by", "comm"}}) {
    const ToolRun both = history(keys);
    const Json* pair = group(both, Json{refused, "ct-client"});
    ASSERT_NE(pair, nullptr) << both.out;
    EXPECT_EQ((*pair)["connections"], kRefused);
    EXPECT_EQ((*pair)["group_by"], "service,comm");
  }
  EXPECT_EQ(history({"--group-by", "servce"}).status, 2);

  // "history failed": every end but the normal ones.
  const ToolRun failed = history({"failed"});
  EXPECT_EQ(failed.lines.size(), static_cast<std::size_t>(kRefused)) << failed.out;
  for (const Json& line : failed.lines) EXPECT_EQ(line.value("end_reason", ""), "refused") << line;
}

TEST_F(Incident, ListenersAreNoConnections) {
  record();
  const int listening = server.listen(loopback(Flavour::v4));
  (void)one_connection(listening);
  server.close(listening);
  const int living = server.listen(loopback(Flavour::v4));
  const std::uint64_t cookie = server.facts(living).cookie;
  ASSERT_TRUE(row_becomes(cookie, [](const Json& row) { return row["state"] == "LISTEN"; }));
  stop_recording();
  const auto listeners = [](const ToolRun& run) {
    return std::count_if(run.lines.begin(), run.lines.end(), [](const Json& line) {
      return line.contains("trail") && !line.contains("remote_port");
    });
  };
  EXPECT_EQ(number("SELECT count(*) FROM connection WHERE remote_port IS NULL"), 2)
      << "the test is about two";
  EXPECT_EQ(listeners(history({})), 0);
  EXPECT_EQ(listeners(history({"--sort", "duration", "--top", "5"})), 0);
  EXPECT_EQ(history({"--sort", "duration", "--top", "5"}).lines.size(), 2U) << "both ends of the connection";
  EXPECT_EQ(listeners(history({"--listeners"})), 2);
  EXPECT_EQ(listeners(history({"--sort", "duration", "--top", "5", "--listeners"})), 2);
  EXPECT_EQ(listeners(history({"--open", "state", "listen"})), 1);
  const ToolRun by_address = history({"--group-by", "local_addr"});
  ASSERT_EQ(by_address.lines.size(), 1U) << by_address.out;
  EXPECT_EQ(by_address.lines[0]["connections"], 2);
}

TEST_F(Incident, ATerminalGetsTwentyGroupsAndHowManyMoreThereAre) {
  const int listening = server.listen(loopback(Flavour::v4));
  record();
  constexpr int kConnections = 25;
  for (int i = 0; i < kConnections; ++i) (void)one_connection(listening);
  stop_recording();
  // By the client's ports, seen from the server.
  const std::string words = "--group-by remote_port comm = ct-server";
  const std::string screen = on_a_terminal(words);
  EXPECT_EQ(std::count(screen.begin(), screen.end(), '\n'), 1 + 20 + 1) << screen;
  EXPECT_THAT(screen, HasSubstr("and 5 more (--top 25 shows all)"));
  EXPECT_THAT(on_a_terminal("--top 25 " + words), Not(HasSubstr("more (")));
  const ToolRun script = history({"--group-by", "remote_port", "comm", "=", "ct-server"}, false);
  EXPECT_EQ(std::count(script.out.begin(), script.out.end(), '\n'), 1 + kConnections);
}

TEST_F(Incident, TheTimeZoneIsSaid) {
  const int listening = server.listen(loopback(Flavour::v4));
  record();
  (void)one_connection(listening);
  stop_recording();
  const std::vector<std::string> words{"history", "--db", database(), "--columns", "opened,closed"};
  for (const auto& [zone, title] :
       {std::pair{"TZ=UTC", "OPENED (UTC)"}, std::pair{"TZ=XYZ-3", "CLOSED (XYZ)"}}) {
    std::vector<std::string> command{"env", zone, tool_path()};
    command.insert(command.end(), words.begin(), words.end());
    EXPECT_THAT(test::must_run(command), HasSubstr(title));
  }
}

// Titles may hold secrets: a recorder keeps them only where it is told to.
TEST_F(Incident, TitlesAreKeptWhenAskedFor) {
  const int listening = server.listen(loopback(Flavour::v4));
  record();
  (void)one_connection(listening);
  stop_recording();
  EXPECT_EQ(number("SELECT count(*) FROM connection WHERE title IS NOT NULL"), 0);
  record({"--titles"});
  const Pair pair = one_connection(listening);
  stop_recording();
  const Json row = row_of(pair.client_facts.cookie);
  const std::string path = "/proc/" + std::to_string(client.pid()) + "/cmdline";
  const std::string words = test::read_file(path);
  EXPECT_EQ(row.value("title", "").substr(0, 10), words.substr(0, words.find('\0')).substr(0, 10)) << row;
  const ToolRun one = run_tool({"show", "--db", database(), std::to_string(row["id"].get<std::uint64_t>())});
  EXPECT_THAT(one.out, HasSubstr("title "));
}

}  // namespace
}  // namespace conntrail::live
