// Without privilege: each command does what it still can, and says in one line what is missing.
#include <csignal>

#include "cli_scenario.h"

namespace conntrail::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Nobody : public Cli {};

std::ptrdiff_t line_count(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

TEST_F(Nobody, ListStillWorks) {
  (void)connect_pair(client, server, loopback(Flavour::v4));
  const ToolRun list = run_tool({"list", "--json", "--netns", "self"}, true, true);
  EXPECT_EQ(list.status, 0) << list.err;
  std::map<std::uint64_t, std::string> states;
  for (const Json& row : list.lines) states[row.value("cookie", std::uint64_t{0})] = row.value("state", "");
  EXPECT_EQ(states, ss_states());
  EXPECT_EQ(line_count(list.err), 1) << "one line about what more privilege would add: " << list.err;
}

TEST_F(Nobody, NetstatStillWorks) {
  const Pair pair = connect_pair(client, server, loopback(Flavour::v4));
  const ToolRun netstat = run_tool({"netstat", "-tan"}, false, true);
  EXPECT_EQ(netstat.status, 0) << netstat.err;
  EXPECT_NE(netstat.out.find(":" + std::to_string(pair.client_facts.local.port())), std::string::npos)
      << netstat.out;
  EXPECT_NE(netstat.out.find("LISTEN"), std::string::npos) << netstat.out;
}

TEST_F(Nobody, TraceComparesSnapshots) {
  Tool polling(ToolOptions{.arguments = {"trace", "--json", "--netns", "self"}, .as_nobody = true});
  polling.wait_ready();
  EXPECT_NE(polling.err().find("snapshots"), std::string::npos) << polling.err();
  const Pair pair = connect_pair(client, server, loopback(Flavour::v4));
  const auto about = [&](std::uint16_t local, std::uint16_t remote, std::string_view to) {
    return [=](const Json& line) {
      return line.value("type", "") == "transition" && line.value("local_port", 0) == local &&
             line.value("remote_port", 0) == remote && line.value("to", "") == to;
    };
  };
  const std::uint16_t client_port = pair.client_facts.local.port();
  const std::uint16_t server_port = pair.client_facts.remote.port();
  EXPECT_TRUE(polling.saw(about(client_port, server_port, "ESTABLISHED"), seconds(3)));
  EXPECT_TRUE(polling.saw(about(server_port, client_port, "ESTABLISHED"), seconds(3)));
  client.close(pair.client);
  server.read_end(pair.server);
  EXPECT_TRUE(polling.saw(about(server_port, client_port, "CLOSE_WAIT"), seconds(3)));
  server.close(pair.server);
  EXPECT_TRUE(polling.saw(about(client_port, server_port, "TIME_WAIT"), seconds(3)));
  EXPECT_EQ(polling.stop(SIGINT).status, 0) << polling.err();
}

TEST_F(Nobody, DoctorSaysWhatIsMissing) {
  const ToolRun doctor = run_tool({"doctor", "--json"}, false, true);
  EXPECT_EQ(doctor.status, 3) << doctor.out << doctor.err;
  EXPECT_EQ(run_tool({"doctor"}).status, 0);
}

}  // namespace
}  // namespace conntrail::live
