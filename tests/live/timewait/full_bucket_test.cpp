// tcp_max_tw_buckets: where the bucket is full the kernel makes no time-wait socket, and there is none to
// show.
#include <csignal>

#include <set>

#include "scenario.h"
#include "tables.h"

namespace conntrail::live {
namespace {

class FullBucket : public Scenario {};

TEST_P(FullBucket, NoTimeWaitBeyondIt) {
  constexpr std::size_t kBucket = 4;
  constexpr std::size_t kConnections = 12;
  net.sysctl("net.ipv4.tcp_max_tw_buckets", std::to_string(kBucket));
  trace();
  const int listening = server.listen(loopback(GetParam()));
  std::set<std::uint64_t> closers;
  for (std::size_t i = 0; i < kConnections; ++i) {
    const Pair pair = connect_again(client, server, listening);
    // Half-close, so that the hand-over comes with the peer's FIN and is the only question.
    client.shutdown_write(pair.client);
    server.read_end(pair.server);
    server.close(pair.server);
    client.read_end(pair.client);
    client.close(pair.client);
    closers.insert(pair.client_facts.cookie);
  }
  std::set<std::uint64_t> in_kernel;
  for (const auto& [cookie, state] : ss_states())
    if (state == "TIME_WAIT") in_kernel.insert(cookie);
  EXPECT_EQ(in_kernel.size(), sockstat_time_wait());
  EXPECT_LE(in_kernel.size(), kBucket + 1);
  EXPECT_EQ(kernel_counter("TcpExt", "TCPTimeWaitOverflow"), kConnections - in_kernel.size());

  const auto ends = [&] {
    std::size_t count = 0;
    for (const Json& line : tool->lines())
      count += line.value("type", "") == "end" && closers.contains(line.value("cookie", std::uint64_t{0}));
    return count;
  };
  EXPECT_TRUE(eventually([&] { return ends() == kConnections; }, std::chrono::seconds(5)));
  pause_for(patience(std::chrono::milliseconds(1500)));  // what must not come has had its time

  const ToolRun list = run_tool({"list", "--json", "--netns", "self", "state", "time-wait"}, true);
  EXPECT_EQ(list.status, 0) << list.err;
  std::set<std::uint64_t> listed;
  for (const Json& row : list.lines) listed.insert(row.value("cookie", std::uint64_t{0}));
  EXPECT_EQ(listed, in_kernel);

  EXPECT_EQ(tool->stop(SIGINT).status, 0) << tool->err();
  std::set<std::uint64_t> living;
  for (const Json& line : tool->lines()) {
    const std::uint64_t cookie = line.value("cookie", std::uint64_t{0});
    if (!closers.contains(cookie)) continue;
    if (line.value("type", "") == "transition" && line.value("to", "") == "TIME_WAIT") living.insert(cookie);
    if (line.value("type", "") == "transition" && line.value("to", "") == "CLOSE") living.erase(cookie);
    if (line.value("type", "") == "end") {
      EXPECT_EQ(line.value("end_reason", ""), "normal") << line;
      EXPECT_EQ(line.value("closed_first", ""), "local") << line;
      EXPECT_EQ(line.value("pid", 0U), client.party().pid) << line;
    }
  }
  EXPECT_EQ(living, in_kernel) << "who is in TIME_WAIT by the trace, and by the kernel";
}

INSTANTIATE_TEST_SUITE_P(Flavours, FullBucket, all_flavours(), flavour_of);

}  // namespace
}  // namespace conntrail::live
