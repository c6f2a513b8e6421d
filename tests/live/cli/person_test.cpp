// What a person types and reads: words alone, plain addresses, names of namespaces, sums, titles.
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "cli_scenario.h"
#include "command.h"
#include "sockets.h"

namespace conntrail::live {
namespace {

using namespace std::chrono_literals;

class Person : public Cli {
 protected:
  static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }
  static std::set<std::uint64_t> rows(std::vector<std::string> words) {
    words.insert(words.begin(), {"list", "--json", "--no-history", "--netns", "self"});
    const ToolRun list = run_tool(std::move(words), true);
    EXPECT_LE(list.status, 1) << list.err;
    return cookies(list.lines);
  }
};

TEST_F(Person, WordsAloneAreWhatTheyObviouslyAre) {
  const Pair pair = connect_pair(client, server, loopback(Flavour::v4));
  const std::uint64_t at_client = pair.client_facts.cookie;
  const std::uint64_t at_server = pair.server_facts.cookie;
  const std::uint64_t listening = pair.listener_facts.cookie;
  const std::string port = ":" + std::to_string(pair.server_facts.local.port());
  const std::set<std::uint64_t> all{at_client, at_server, listening};
  EXPECT_EQ(rows({port}), all);
  EXPECT_EQ(rows({"127.0.0.1"}), all);
  EXPECT_EQ(rows({"127.0.0.0/8"}), all);
  EXPECT_EQ(rows({"127.0.0.1" + port}), all);
  EXPECT_EQ(rows({"[::1]" + port}), std::set<std::uint64_t>{});
  EXPECT_EQ(rows({"10.1.2.3"}), std::set<std::uint64_t>{});
  EXPECT_EQ(rows({"ct-client"}), std::set<std::uint64_t>{at_client});
  EXPECT_EQ(rows({"ct-server", "state", "listen"}), std::set<std::uint64_t>{listening});
  EXPECT_EQ(rows({"ct-client/" + std::to_string(client.pid())}), std::set<std::uint64_t>{at_client});
  const ToolRun wrong = run_tool({"list", "--netns", "self", "dprot"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_TRUE(has(wrong.err, "did you mean \"dport\"?")) << wrong.err;
  EXPECT_TRUE(has(wrong.err, "^~~~~")) << wrong.err;
}

TEST_F(Person, IPv4BehindIPv6IsPlainInTextAndExactInJson) {
  const Pair pair = connect_pair(client, server, loopback(Flavour::v4_mapped));
  const std::string end = "127.0.0.1:" + std::to_string(pair.client_facts.local.port());
  const ToolRun text = run_tool({"list", "--netns", "self", "state", "established"});
  EXPECT_TRUE(has(text.out, end)) << text.out;
  EXPECT_FALSE(has(text.out, "ffff")) << text.out;
  const ToolRun json = run_tool({"list", "--json", "--netns", "self", "ct-client"}, true);
  ASSERT_EQ(json.lines.size(), 1U) << json.out;
  EXPECT_EQ(json.lines[0].value("local_addr", ""), "::ffff:127.0.0.1");
  EXPECT_EQ(json.lines[0].value("family", ""), "inet6");
}

TEST_F(Person, SummaryCountsAsTheKernelDoes) {
  const Pair four = connect_pair(client, server, loopback(Flavour::v4));
  const Pair six = connect_pair(client, server, loopback(Flavour::v6));
  (void)six;
  (void)connect_again(client, server, four.listener);
  const Pair closed = connect_again(client, server, four.listener);
  client.close(closed.client);
  server.read_end(closed.server);
  server.close(closed.server);
  ASSERT_TRUE(eventually([] { return sockstat_time_wait() == 1; }, 8s));
  std::map<std::string, std::uint64_t> truth;
  for (const auto& [cookie, state] : ss_states()) ++truth[state];
  const ToolRun json = run_tool({"list", "--summary", "--json", "--no-history", "--netns", "self"}, true);
  EXPECT_EQ(json.status, 0) << json.err;
  std::map<std::string, std::uint64_t> ours;
  for (const Json& line : json.lines) {
    EXPECT_EQ(line.value("type", ""), "state_count");
    EXPECT_EQ(line.value("inet", 0U) + line.value("inet6", 0U), line.value("sockets", 0U)) << line;
    ours[line.value("state", "")] = line.value("sockets", std::uint64_t{0});
  }
  EXPECT_EQ(ours, truth);
  EXPECT_EQ(ours["TIME_WAIT"], sockstat_time_wait());
  // "TCP:   7 (estab 6, closed 0, orphaned 0, timewait 1)"
  const std::string ss = test::must_run({"ss", "-s"});
  EXPECT_TRUE(has(ss, "estab " + std::to_string(ours["ESTABLISHED"]))) << ss;
  const ToolRun text = run_tool({"list", "--summary", "--no-history", "--netns", "self"});
  EXPECT_TRUE(has(text.out, "STATE")) << text.out;
  EXPECT_TRUE(has(text.out, "\nall ")) << text.out;
  const ToolRun one =
      run_tool({"list", "--summary", "--json", "--no-history", "--netns", "self", "state", "listen"}, true);
  ASSERT_EQ(one.lines.size(), 1U) << one.out;
  EXPECT_EQ(one.lines[0].value("sockets", 0U), truth["LISTEN"]);
}

// ss -ltn: Recv-Q is what waits for accept(), Send-Q the most that may.
TEST_F(Person, AListenersQueuesAreThoseOfSs) {
  const int listener = server.listen(loopback(Flavour::v4), {.backlog = 7});
  const Address at = server.facts(listener).local;
  (void)client.connect(at);
  (void)client.connect(at);
  const std::string port = std::to_string(at.port());
  ASSERT_TRUE(eventually(
      [&] {
        std::istringstream line(test::must_run({"ss", "-Hltn", "sport = :" + port}));
        std::string state, waiting, most;
        line >> state >> waiting >> most;
        return waiting == "2" && most == "7";
      },
      5s));
  const ToolRun list = run_tool({"list", "--no-history", "--netns", "self", "--columns",
                                 "state,recvq,sendq,backlog", "--no-header", "state", "listen", ":" + port});
  std::istringstream line(list.out);
  std::string state, waiting, most, backlog;
  line >> state >> waiting >> most >> backlog;
  EXPECT_EQ(waiting, "2") << list.out;
  EXPECT_EQ(most, "7") << list.out;
  EXPECT_EQ(backlog, "7") << list.out;
  const ToolRun json =
      run_tool({"list", "--json", "--no-history", "--netns", "self", "state", "listen", ":" + port}, true);
  ASSERT_EQ(json.lines.size(), 1U);
  EXPECT_EQ(json.lines[0].value("backlog", 0U), 7U);
  EXPECT_EQ(json.lines[0].value("receive_queue", 9U), 2U);
  EXPECT_EQ(json.lines[0].value("send_queue", 9U), 0U);
  // A connection has no backlog.
  const ToolRun other =
      run_tool({"list", "--json", "--no-history", "--netns", "self", "state", "established"}, true);
  for (const Json& row : other.lines) EXPECT_FALSE(row.contains("backlog")) << row;
}

class NamedPlaces : public ::testing::Test {
 protected:
  static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }
  test::NamedNamespace blue;
  test::NamedNamespace red;
};

TEST_F(NamedPlaces, SeveralAreToldApartByTheirNames) {
  UniqueFd at_blue;
  UniqueFd at_red;
  test::in_namespace(blue.path(), [&] { at_blue = test::listen_at_loopback(); });
  test::in_namespace(red.path(), [&] { at_red = test::listen_at_loopback(); });
  for (const std::vector<std::string>& choice :
       {std::vector<std::string>{"--netns", blue.name() + "," + red.name()},
        std::vector<std::string>{"--netns", blue.name(), "--netns", red.name()}}) {
    std::vector<std::string> words{"list", "--no-history"};
    words.insert(words.end(), choice.begin(), choice.end());
    const ToolRun text = run_tool(words);
    EXPECT_EQ(text.status, 0) << text.err;
    EXPECT_TRUE(has(text.out, "NETNS")) << text.out;
    EXPECT_TRUE(has(text.out, blue.name())) << text.out;
    EXPECT_TRUE(has(text.out, red.name())) << text.out;
    words.emplace_back("--json");
    const ToolRun json = run_tool(words, true);
    std::map<std::uint32_t, std::string> names;
    for (const Json& row : json.lines) names[row.value("netns", 0U)] = row.value("netns_name", "");
    EXPECT_EQ(names,
              (std::map<std::uint32_t, std::string>{{blue.inode(), blue.name()}, {red.inode(), red.name()}}));
  }
  // One alone needs no column.
  const ToolRun one = run_tool({"list", "--no-history", "--netns", blue.name()});
  EXPECT_FALSE(has(one.out, "NETNS")) << one.out;
  // netstat takes several, too.
  const ToolRun netstat = run_tool({"netstat", "-ltn", "--netns", blue.name() + "," + red.name()});
  EXPECT_EQ(netstat.status, 0) << netstat.err;
  EXPECT_TRUE(has(netstat.out, "Network namespace " + blue.name())) << netstat.out;
  EXPECT_TRUE(has(netstat.out, "Network namespace " + red.name())) << netstat.out;
  const ToolRun unknown = run_tool({"list", "--netns", blue.name() + ",no-such-namespace"});
  EXPECT_EQ(unknown.status, 2) << unknown.out;
  EXPECT_TRUE(has(unknown.err, "no network namespace \"no-such-namespace\"")) << unknown.err;
}

TEST_F(NamedPlaces, TraceOpensTheColumnWithTheSecondNamespace) {
  Tool trace({"trace", "--netns", blue.name() + "," + red.name(), "state", "listen"});
  ASSERT_TRUE(eventually([&] { return has(trace.out(), "TIME"); }, 10s)) << trace.err();
  UniqueFd at_blue;
  UniqueFd at_red;
  // The header comes before the sources are attached: listen until a line shows that they are.
  ASSERT_TRUE(eventually(
      [&] {
        test::in_namespace(blue.path(), [&] { at_blue = test::listen_at_loopback(); });
        return has(trace.out(), "LISTEN");
      },
      20s))
      << trace.err();
  EXPECT_FALSE(has(trace.out(), "NETNS")) << trace.out();
  test::in_namespace(red.path(), [&] { at_red = test::listen_at_loopback(); });
  EXPECT_TRUE(eventually([&] { return has(trace.out(), red.name()); }, 10s)) << trace.out();
  EXPECT_TRUE(has(trace.out(), "NETNS")) << trace.out();
  EXPECT_EQ(trace.stop(SIGINT).status, 0);
}

// Without a name, a process in it tells which one it is.
TEST(UnnamedPlace, IsCalledByAProcessInIt) {
  std::unique_ptr<Peer> peer;
  int listener = -1;
  std::uint32_t inode = 0;
  {
    const test::PrivateNamespace place;
    inode = place.inode();
    peer = std::make_unique<Peer>("ct-inside");
    listener = peer->listen(loopback(Flavour::v4));
  }
  EXPECT_GE(listener, 0);
  const ToolRun list =
      run_tool({"list", "--no-history", "--netns", std::to_string(peer->pid()), "--columns", "netns,state"});
  EXPECT_NE(list.out.find("of ct-inside/" + std::to_string(peer->pid())), std::string::npos)
      << list.out << list.err;
  const ToolRun json = run_tool({"list", "--json", "--no-history", "--netns", std::to_string(inode)}, true);
  ASSERT_EQ(json.lines.size(), 1U) << json.err;
  EXPECT_FALSE(json.lines[0].contains("netns_name"));
}

// Writes over its command line, as setproctitle() does; what is longer goes on where the environment was.
int say(std::array<char, 64> title) {
  std::ifstream file("/proc/self/stat");
  std::string stat;
  std::getline(file, stat);
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));  // behind the name: the third field
  std::vector<unsigned long> numbers;
  std::string state;
  fields >> state;
  for (unsigned long number = 0; fields >> number;) numbers.push_back(number);
  constexpr std::size_t kArgStart = 48 - 4;  // proc(5): fields 48 to 51
  constexpr std::size_t kEnvEnd = 51 - 4;
  if (numbers.size() <= kEnvEnd || numbers[kArgStart] == 0) return ENOSYS;
  const std::size_t room = numbers[kEnvEnd] - numbers[kArgStart];
  if (room < title.size()) return ENOSPC;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel's numbers are addresses of this process
  std::memset(reinterpret_cast<char*>(numbers[kArgStart]), 0, room);
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  std::memcpy(reinterpret_cast<char*>(numbers[kArgStart]), title.data(), title.size());
  return 0;
}

std::array<char, 64> text_of(std::string_view text) {
  std::array<char, 64> out{};
  std::memcpy(out.data(), text.data(), std::min(text.size(), out.size() - 1));
  return out;
}

TEST_F(Person, TitleIsWhatTheProcessSaysOfItself) {
  const int error = server.call(say, text_of("ct: app orders \x1b[31m --password geheim idle"));
  ASSERT_EQ(error, 0) << std::strerror(error);
  const Pair pair = connect_pair(client, server, loopback(Flavour::v4));
  const ToolRun json = run_tool(
      {"list", "--json", "--no-history", "--netns", "self", "--columns", "+title", "ct-server"}, true);
  ASSERT_FALSE(json.lines.empty()) << json.err;
  for (const Json& row : json.lines)
    EXPECT_EQ(row.value("title", ""), "ct: app orders \x1b[31m --password *** idle") << row;
  const ToolRun text =
      run_tool({"list", "--no-history", "--netns", "self", "--columns", "owner,title", "ct-server"});
  EXPECT_TRUE(has(text.out, "ct: app orders ?[31m --password *** idle")) << text.out;
  EXPECT_FALSE(has(text.out, "geheim"));
  EXPECT_EQ(rows({"title", "~", "*orders*"}),
            (std::set<std::uint64_t>{pair.server_facts.cookie, pair.listener_facts.cookie}));
  EXPECT_EQ(rows({"title", "~", "*billing*"}), std::set<std::uint64_t>{});
  // Nobody asked.
  const ToolRun plain = run_tool({"list", "--json", "--no-history", "--netns", "self"}, true);
  for (const Json& row : plain.lines) EXPECT_FALSE(row.contains("title")) << row;

  trace({"--columns", "+title"});
  server.close(pair.server);
  EXPECT_TRUE(tool->saw(
      [](const Json& line) {
        return line.value("to", "") == "FIN_WAIT1" &&
               line.value("title", "") == "ct: app orders \x1b[31m --password *** idle";
      },
      10s))
      << tool->out();
}

}  // namespace
}  // namespace conntrail::live
