// `list`: the kernel's sockets, each once, with owner and all holders.
#include <array>

#include "cli_scenario.h"

namespace conntrail::live {
namespace {

class List : public Cli {};

const Json* row_of(const std::vector<Json>& rows, std::uint64_t cookie) {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const Json& candidate) {
    return candidate.value("cookie", std::uint64_t{0}) == cookie;
  });
  return row == rows.end() ? nullptr : &*row;
}

TEST_F(List, ShowsWhatTheKernelHas) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
  UniqueFd left(ends[0]);
  UniqueFd right(ends[1]);
  Peer holder("ct-holder", {left.get()});
  Peer second("ct-second", {right.get()});
  const Pair open = connect_pair(holder, server, loopback(Flavour::v6));
  holder.send_descriptor(left.get(), open.client);
  (void)second.receive_descriptor(right.get());  // held by two processes now
  const Pair half = connect_again(client, server, open.listener);
  client.shutdown_write(half.client);
  server.read_end(half.server);
  EXPECT_TRUE(kernel_says(half.client_facts.cookie, "FIN_WAIT2"));

  const ToolRun list = run_tool({"list", "--json", "--netns", "self"}, true);
  EXPECT_EQ(list.status, 0) << list.err;
  std::map<std::uint64_t, std::string> states;
  for (const Json& row : list.lines) states[row.value("cookie", std::uint64_t{0})] = row.value("state", "");
  EXPECT_EQ(states, ss_states());
  EXPECT_EQ(list.lines.size(), states.size());

  const Json* shared = row_of(list.lines, open.client_facts.cookie);
  ASSERT_NE(shared, nullptr);
  std::set<std::uint32_t> holders;
  for (const Json& one : (*shared)["holders"]) holders.insert(one.value("pid", 0U));
  EXPECT_EQ(holders, (std::set<std::uint32_t>{holder.party().pid, second.party().pid})) << *shared;
  EXPECT_TRUE(holders.contains(shared->value("pid", 0U))) << *shared;
  EXPECT_EQ(shared->value("family", ""), "inet6");
  EXPECT_EQ(shared->value("local_addr", ""), "::1");
  EXPECT_EQ(shared->value("local_port", 0U), open.client_facts.local.port());

  const Json* listening = row_of(list.lines, open.listener_facts.cookie);
  ASSERT_NE(listening, nullptr);
  EXPECT_EQ(listening->value("pid", 0U), server.party().pid) << *listening;
}

// With --for, what happens meanwhile is in the table, with its trail, also when it is over.
TEST_F(List, ListensFirst) {
  Tool list({"list", "--json", "--netns", "self", "--for", slow_machine() ? "20s" : "3s"});
  pause_for(patience(std::chrono::milliseconds(1200)));
  const Pair pair = one_connection();
  EXPECT_EQ(list.wait(std::chrono::seconds(15)).status, 0) << list.err();
  const Json* closed = row_of(list.lines(), pair.server_facts.cookie);
  ASSERT_NE(closed, nullptr) << "the server's side, just gone: " << list.out();
  EXPECT_TRUE(closed->value("ended", false)) << *closed;
  EXPECT_EQ(closed->value("end_reason", ""), "normal");
  EXPECT_EQ(closed->value("pid", 0U), server.party().pid);
  const Json* waiting = row_of(list.lines(), pair.client_facts.cookie);
  ASSERT_NE(waiting, nullptr);
  EXPECT_EQ(waiting->value("state", ""), "TIME_WAIT");
  EXPECT_EQ(waiting->value("pid", 0U), client.party().pid) << "the process that closed: " << *waiting;
  std::vector<std::string> trail;
  for (const Json& step : (*waiting)["trail"]) trail.push_back(step.value("state", ""));
  EXPECT_EQ(trail,
            (std::vector<std::string>{"SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"}))
      << *waiting;
}

TEST_F(List, NothingMatched) {
  const ToolRun list = run_tool({"list", "--json", "--netns", "self"}, true);
  EXPECT_EQ(list.status, 1) << "an empty namespace: " << list.out;
  EXPECT_EQ(list.out, "");
}

TEST_F(List, CsvHasAHeaderAndOneLinePerRow) {
  (void)connect_pair(client, server, loopback(Flavour::v4));
  const ToolRun list = run_tool({"list", "--csv", "--netns", "self"});
  EXPECT_EQ(list.status, 0) << list.err;
  EXPECT_EQ(std::count(list.out.begin(), list.out.end(), '\n'),
            static_cast<std::ptrdiff_t>(ss_states().size() + 1));
}

}  // namespace
}  // namespace conntrail::live
