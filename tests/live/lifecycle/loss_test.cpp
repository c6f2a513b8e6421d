// The reader stands still while the kernel goes on: what finds no room is counted exactly, and afterwards the
// table is right again without a restart.
#include <csignal>

#include <set>

#include "crowd.h"
#include "scenario.h"

namespace conntrail::live {
namespace {

using std::chrono::seconds;

// A table must be right again within a second. A debug build takes in a full ring of a hundred thousand
// events many times more slowly.
#ifdef NDEBUG
constexpr seconds kRightAgain{1};
#else
constexpr seconds kRightAgain{5};
#endif

class Loss : public Scenario {
 protected:
  Loss() { net.sysctl("net.ipv4.tcp_max_tw_buckets", "200000"); }

  [[nodiscard]] static std::uint64_t lost_by_lines(const std::vector<Json>& lines) {
    std::uint64_t sum = 0;
    for (const Json& line : lines)
      if (line.value("type", "") == "lost") sum += line.value("count", std::uint64_t{0});
    return sum;
  }
  Peer crowd{"ct-crowd"};
};

TEST_F(Loss, CountedExactly) {
  constexpr int kConnections = 5000;
  constexpr std::uint64_t kListenerEvents = 32;  // churn() opens and closes 16 listeners
  trace({"--ring-size", "256K"});
  const int listening = server.listen(loopback(Flavour::v4));
  const Pair across = connect_again(client, server, listening);  // open before, closed after

  tool->signal(SIGSTOP);
  const Pair within = connect_again(client, server, listening);  // opened while the tool stood still
  churn(crowd, kConnections, ChurnEnd::fin);
  tool->signal(SIGCONT);
  const auto repaired = [](const std::vector<Json>& lines) {
    bool lost = false;
    for (const Json& line : lines) {
      lost = lost || line.value("type", "") == "lost";
      if (lost && line.value("type", "") == "snapshot") return true;
    }
    return false;
  };
  EXPECT_TRUE(eventually([&] { return repaired(tool->lines()); }, kRightAgain))
      << "a snapshot must have repaired the table by now";

  // From here on everything is right, also for what was opened unseen.
  for (const Pair& pair : {across, within}) {
    client.close(pair.client);
    server.read_end(pair.server);
    server.close(pair.server);
  }
  const std::vector<ExpectedSocket> after_loss = [&] {
    std::vector<ExpectedSocket> sockets;
    for (const Pair& pair : {across, within}) {
      sockets.push_back(active("client", pair.client_facts)
                            .walk(client.party(), {"ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"}));
      sockets.push_back(passive("server", pair.server_facts)
                            .walk(server.party(), {"ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"}));
    }
    return sockets;
  }();
  const auto last_of = [&](const ExpectedSocket& socket) {
    std::vector<Json> lines;
    for (const Json& line : tool->lines())
      if (line.value("type", "") == "transition" &&
          line.value("cookie", std::uint64_t{0}) == socket.facts.cookie)
        lines.push_back(line);
    const std::size_t wanted = socket.steps.size();
    return lines.size() > wanted
               ? std::vector<Json>(lines.end() - static_cast<std::ptrdiff_t>(wanted), lines.end())
               : lines;
  };
  for (const ExpectedSocket& socket : after_loss) {
    EXPECT_TRUE(eventually(
        [&] {
          return !last_of(socket).empty() && last_of(socket).back().value("to", "") == socket.steps.back().to;
        },
        seconds(5)))
        << socket.label;
    const std::vector<Json> lines = last_of(socket);
    ASSERT_EQ(lines.size(), socket.steps.size()) << socket.label;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      EXPECT_EQ(lines[i].value("from", ""), socket.steps[i].from) << lines[i];
      EXPECT_EQ(lines[i].value("to", ""), socket.steps[i].to) << lines[i];
      EXPECT_EQ(lines[i].value("pid", 0U), socket.steps[i].owner.owner.pid) << lines[i];
      EXPECT_EQ(lines[i].value("local_port", 0U), socket.facts.local.port()) << lines[i];
      EXPECT_EQ(lines[i].value("remote_port", 0U), socket.facts.remote.port()) << lines[i];
    }
  }

  const std::uint64_t retransmitted = kernel_counter("Tcp", "RetransSegs");
  const std::uint64_t resets = kernel_counter("Tcp", "OutRsts");
  const Finished finished = tool->stop(SIGINT);
  EXPECT_EQ(finished.status, 0) << finished.err;
  ASSERT_FALSE(tool->lines().empty());
  const Json& summary = tool->lines().back();
  ASSERT_EQ(summary.value("type", ""), "summary");
  const std::uint64_t tried = summary.value("events_tried", std::uint64_t{0});
  const std::uint64_t received = summary.value("events_received", std::uint64_t{0});
  const std::uint64_t lost = summary.value("events_lost", std::uint64_t{0});
  EXPECT_EQ(tried, received + lost) << summary;
  EXPECT_GT(lost, 0U) << "5000 connections must not fit into 256 KiB";
  EXPECT_EQ(lost, lost_by_lines(tool->lines())) << summary;
  // What the kernel must have tried to send: ten state changes for each connection and what the listeners
  // did.
  EXPECT_EQ(resets, 0U);
  EXPECT_EQ(tried, 10 * std::uint64_t{kConnections + 2} + kListenerEvents + 1 + retransmitted) << summary;
  EXPECT_NE(finished.err.find(std::to_string(lost) + " lost"), std::string::npos) << finished.err;
}

// The same seen through a table: stopped so long that the ring of `list` overflows, it shows the kernel's
// sockets again within a second.
TEST_F(Loss, TableIsRightAgain) {
  constexpr int kConnections =
      20000;  // eight events of at least 136 bytes each: more than the ring of 16 MiB
  Tool list({"list", "--json", "--watch", "200ms", "--netns", "self", "exclude", "closed"});
  const int listening = server.listen(loopback(Flavour::v4));
  const Pair closed_within = connect_again(client, server, listening);
  const auto shows = [&](std::uint64_t cookie) {
    return list.saw([cookie](const Json& row) { return row.value("cookie", std::uint64_t{0}) == cookie; },
                    seconds(10));
  };
  ASSERT_TRUE(shows(closed_within.client_facts.cookie)) << list.err();
  list.signal(SIGSTOP);
  const Pair opened_within = connect_again(client, server, listening);
  client.close(closed_within.client);
  server.read_end(closed_within.server);
  server.close(closed_within.server);
  churn(crowd, kConnections, ChurnEnd::reset);
  const std::map<std::uint64_t, std::string> kernel = ss_states();
  EXPECT_EQ(kernel.size(), 4U) << "a listener, a pair, a TIME_WAIT";
  EXPECT_TRUE(kernel.contains(opened_within.client_facts.cookie));
  const std::size_t before = list.lines().size();
  const std::uint64_t resumed = monotonic_ns();
  list.signal(SIGCONT);

  // The rows of one table carry the same `mono_ns`; a table is complete when the next has begun.
  std::map<std::uint64_t, std::map<std::uint64_t, std::string>> tables;
  std::uint64_t right_at = 0;
  const auto right = [&] {
    tables.clear();
    for (std::size_t i = before; i < list.lines().size(); ++i) {
      const Json& line = list.lines()[i];
      if (line.value("type", "") == "connection")
        tables[line.value("mono_ns", std::uint64_t{0})][line.value("cookie", std::uint64_t{0})] =
            line.value("state", "");
    }
    for (auto table = tables.begin(); table != tables.end() && std::next(table) != tables.end(); ++table) {
      if (table->first < resumed || table->second != kernel) continue;
      right_at = table->first;
      return true;
    }
    return false;
  };
  EXPECT_TRUE(eventually(right, seconds(10))) << "no table equals what ss says";
  EXPECT_EQ(list.stop(SIGINT).status, 0);
  EXPECT_GT(lost_by_lines(list.lines()), 0U) << "the loss must be shown";
  if (right_at != 0) {
    const double after_ms = static_cast<double>(right_at - resumed) / 1e6;
    std::printf("right again %.0f ms after SIGCONT\n", after_ms);
    EXPECT_LT(after_ms, static_cast<double>(patience(kRightAgain).count()));
  }
}

// Thousands of FINs whose delayed acknowledgements all fall due within a few milliseconds: their timers
// interrupt whatever the CPU is doing, also our own programs, which the kernel does not run on top of
// themselves (bpf/lib/nested.bpf.h).
TEST_F(Loss, StormOfTimersLosesNothing) {
  constexpr int kConnections = 6000;
  net.sysctl("net.core.somaxconn", "4096");
  trace({"--ring-size", "64M"});
  const int listening = server.listen(loopback(Flavour::v4), {.backlog = 4096});
  start_connecting(client, loopback(Flavour::v4), server.facts(listening).local, kConnections);
  accept_crowd(server, listening, kConnections);
  finish_connecting(client);
  std::set<std::uint64_t> clients;
  for (int i = 0; i < kConnections; ++i) clients.insert(crowd_facts(client, i).cookie);
  close_crowd(client, 0, kConnections);
  read_ends_and_close_crowd(server, 0, kConnections);
  EXPECT_EQ(sockstat_time_wait(), std::uint64_t{kConnections});

  std::set<std::uint64_t> still_open = clients;
  std::size_t looked_at = 0;
  const auto all_in_time_wait = [&] {
    const std::vector<Json>& lines = tool->lines();
    for (; looked_at < lines.size(); ++looked_at)
      if (lines[looked_at].value("to", "") == "TIME_WAIT")
        still_open.erase(lines[looked_at].value("cookie", std::uint64_t{0}));
    return still_open.empty();
  };
  EXPECT_TRUE(eventually(
      [&] { return all_in_time_wait() || still_open.size() <= tool->hidden_transitions(); }, seconds(15)));
  const std::uint64_t hidden = tool->hidden_transitions();
  const Finished finished = tool->stop(SIGINT);
  const Json& summary = tool->lines().back();
  EXPECT_LE(still_open.size(), hidden)
      << "connections that the kernel has in TIME_WAIT and the trace has not: " << summary;
  EXPECT_EQ(summary.value("events_lost", std::uint64_t{1}), 0U) << finished.err;
}

}  // namespace
}  // namespace conntrail::live
