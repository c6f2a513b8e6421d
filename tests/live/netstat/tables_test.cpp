// What goes beyond netstat on the same tables: records, namespaces, repeating, all holders, peers. The truth
// is ss, /proc and this process's own knowledge of the sockets it made.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "command.h"
#include "conntrail/base/text.h"
#include "differential.h"
#include "every_state.h"
#include "netns.h"
#include "sockets.h"
#include "sockets/holdings.h"

namespace conntrail::test {
namespace {

using netstat::Holdings;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

CommandResult run_ours(const std::string& options) {
  std::vector<std::string> words{NETSTAT_UNDER_TEST};
  for (const std::string& word : words_of(options)) words.push_back(word);
  return run_command(words);
}

std::vector<std::string> ours(const std::string& options) {
  const CommandResult result = run_ours(options);
  EXPECT_EQ(result.status, 0) << options << ": " << result.err;
  EXPECT_EQ(result.err, "") << options;
  return lines_of(result.out);
}

// The value of a key in one of our JSON lines, as it stands there; empty without.
std::string value_of(const std::string& line, const std::string& key) {
  const std::string mark = "\"" + key + "\":";
  const std::size_t at = line.find(mark);
  if (at == std::string::npos) return {};
  const std::size_t start = at + mark.size();
  if (line[start] == '"') return line.substr(start + 1, line.find('"', start + 1) - start - 1);
  return line.substr(start, line.find_first_of(",}", start) - start);
}

std::size_t lines_with(const std::vector<std::string>& lines, const std::string& part) {
  return static_cast<std::size_t>(std::ranges::count_if(
      lines, [&](const std::string& line) { return line.find(part) != std::string::npos; }));
}

// What -p is to call this process.
std::string own_name() {
  std::string name = read_file("/proc/self/cmdline");
  name.resize(name.find('\0'));
  return name.starts_with('/') ? name.substr(name.rfind('/') + 1) : name;
}

class NetstatTables : public testing::Test {
 protected:
  std::optional<PrivateNamespace> net_;  // first: what is made in it goes before it
  void SetUp() override {
    ASSERT_TRUE(is_root()) << "needs root for a network namespace";
    net_.emplace();
  }
};

// Both ways to the holders see the same: sockets of every kind, held by several processes and several times.
TEST_F(NetstatTables, BothWaysToTheHoldersAgree) {
  const Link link = make_link(Flavour::inet);
  const UniqueFd copy(::dup(link.client.get()));
  const UniqueFd datagram = udp_socket(Flavour::inet6);
  const UniqueFd packet(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  int pair[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const UniqueFd one(pair[0]);
  const UniqueFd other(pair[1]);
  const SleepingChild child([] {});

  const auto mine = [&](OwnerMethod method) {
    std::map<std::uint64_t, std::vector<std::string>> holders;
    const Holdings found = netstat::find_holdings(false, method);
    for (const auto& holding : found.holdings) {
      const auto& process = found.processes[holding.process];
      holders[holding.inode].push_back(process.pid + "/" + process.name);
    }
    std::map<std::uint64_t, std::vector<std::string>> chosen;
    for (const int fd :
         {link.client.get(), link.server.get(), datagram.get(), packet.get(), pair[0], pair[1]}) {
      chosen[inode_of(fd)] = holders[inode_of(fd)];
    }
    return chosen;
  };
  const auto by_links = mine(OwnerMethod::proc_fd);
  ASSERT_EQ(by_links.size(), 6U);
  for (const auto& [inode, holders] : by_links) EXPECT_EQ(holders.size(), 2U) << inode;
  EXPECT_EQ(mine(OwnerMethod::task_file), by_links);
}

// In a nested PID namespace processes have other numbers than at the top.
TEST_F(NetstatTables, HoldersHaveTheNumbersOfTheirOwnProc) {
  const char* script =
      "exec 9<>/dev/udp/127.0.0.1/9; for way in 1 2; do \"$0\" -unp | grep -o '[0-9]*/bash'; done; exit 0";
  // A directory of links that takes longer than loading BPF would is not needed: both ways are compared
  // above.
  const auto result =
      run_command({"unshare", "--pid", "--fork", "--mount-proc", "bash", "-c", script, NETSTAT_UNDER_TEST});
  EXPECT_EQ(result.out, "1/bash\n1/bash\n") << result.err;
  const char* both = "exec 9<>/dev/udp/127.0.0.1/9; exec \"$0\"";
  const auto nested =
      run_command({"unshare", "--pid", "--fork", "--mount-proc", "bash", "-c", both, HOLDINGS_UNDER_TEST});
  const auto found = lines_of(nested.out);
  ASSERT_EQ(found.size(), 2U) << nested.err;
  EXPECT_EQ(found[0], found[1]);
  EXPECT_NE(found[0].find("1/"), std::string::npos);
}

TEST_F(NetstatTables, JsonHasEverySocketOfSs) {
  const EveryState sockets;
  std::multiset<std::string> theirs;
  for (const std::string& line : lines_of(must_run({"ss", "-Hatn"}))) {
    const auto words = split_words(line);
    ASSERT_GE(words.size(), 5U);
    theirs.insert(std::string(words[3].substr(words[3].rfind(':') + 1)) + " " +
                  std::string(words[4].substr(words[4].rfind(':') + 1)));
  }
  std::multiset<std::string> mine;
  for (const std::string& line : ours("-tan --json")) {
    EXPECT_TRUE(line.starts_with(R"({"type":"socket","proto":"tcp","family":"inet)")) << line;
    const std::string remote = value_of(line, "remote_port");
    mine.insert(value_of(line, "local_port") + " " + (remote == "0" ? "*" : remote));
  }
  EXPECT_GE(mine.size(), 20U);
  EXPECT_EQ(mine, theirs);
}

TEST_F(NetstatTables, JsonKnowsWhatTheTestKnows) {
  const Link link = make_link(Flavour::inet);
  send_bytes(link.client.get(), 100);
  wait_until("the bytes have come",
             [&] { return lines_with(ours("-tn --json"), "\"recv_q_bytes\":100,") == 1; });
  const std::string port = std::to_string(link.client_end.port);
  for (const std::string& line : ours("-tnpeo --json")) {
    const bool client = value_of(line, "local_port") == port;
    EXPECT_EQ(value_of(line, "state"), "ESTABLISHED");
    EXPECT_EQ(value_of(line, "local_addr"), "127.0.0.1");
    EXPECT_EQ(value_of(line, "recv_q_bytes"), client ? "0" : "100");
    EXPECT_EQ(value_of(line, "inode"),
              std::to_string(inode_of(client ? link.client.get() : link.server.get())));
    EXPECT_EQ(value_of(line, "pid"), std::to_string(::getpid()));
    EXPECT_EQ(value_of(line, "program"), own_name()) << "whole, not cut to 19";
    EXPECT_EQ(value_of(line, "timer"), "off");
    EXPECT_EQ(value_of(line, "local_host"), "") << "-n";
  }
  // Without -n names stand beside the numbers.
  const auto named = ours("-t --json");
  ASSERT_EQ(named.size(), 2U);
  EXPECT_EQ(value_of(named[0], "local_host"), "localhost");
  EXPECT_EQ(value_of(named[0], "local_addr"), "127.0.0.1");
}

TEST_F(NetstatTables, ListenersCountConnections) {
  const UniqueFd listener = listen_at_loopback(Flavour::inet6, 5);
  const UniqueFd client = tcp_socket(Flavour::inet6);
  connect_to(client.get(), local_endpoint(listener.get()));
  const auto lines = ours("-tln --json");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(value_of(lines[0], "accept_queue"), "1");
  EXPECT_EQ(value_of(lines[0], "recv_q_bytes"), "");
  EXPECT_EQ(value_of(lines[0], "family"), "inet6");
  EXPECT_EQ(value_of(lines[0], "local_addr"), "::1");
}

TEST_F(NetstatTables, CsvHasTheSameFieldsInEachRow) {
  const EveryState sockets;
  const UniqueFd raw(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 89));
  const auto lines = ours("-tuwanpeo --csv");
  ASSERT_GE(lines.size(), 20U);
  const auto fields = [](const std::string& line) { return std::ranges::count(line, ','); };
  EXPECT_TRUE(lines[0].starts_with("type,proto,family,ip_protocol,local_addr,local_port,"));
  for (const std::string& line : lines) {
    EXPECT_EQ(fields(line), fields(lines[0])) << line;
    EXPECT_TRUE(line.ends_with('\r')) << line;
  }
  EXPECT_EQ(lines_with(lines, "type,proto"), 1U) << "one line of names for one type";
  EXPECT_EQ(lines_with(lines, "socket,raw,inet,89,0.0.0.0,,"), 1U);
}

TEST_F(NetstatTables, GroupsAndLegacyTablesAreRecordsToo) {
  EXPECT_GE(lines_with(ours("-gn --json"),
                       R"({"type":"group","interface":"lo","family":"inet","group_addr":"224.0.0.1")"),
            1U);
  ProcFixture proc;
  proc.file("net/x25",
            "dest_addr  src_addr   dev   lci st vs vr va   t  t2 t21 t22 t23 Snd-Q Rcv-Q inode\n"
            "1234567890 987654321  eth0  001 3  1  2  3    0  0  0   0   0     5     6     99\n");
  proc.file("net/rose", "title\n1111111111 AA-1 2222222222 BB-2 rose0 001 00002 3 0 0\n");
  proc.file("net/sctp/eps",
            "ENDPT SOCK STY SST HBKT LPORT UID INODE LADDRS\n"
            "ffff ffff 2 10 29 11111 1000 4711 10.0.0.1 10.0.0.2\n");
  std::vector<std::string> words = proc.prefix();
  for (const char* word : {NETSTAT_UNDER_TEST, "-Sanl", "--x25", "--rose", "--json"})
    words.emplace_back(word);
  const auto lines = lines_of(run_command(words).out);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(value_of(lines[0], "proto"), "sctp");
  EXPECT_EQ(value_of(lines[0], "local_port"), "11111");
  EXPECT_NE(lines[0].find(R"("local_addrs":["10.0.0.1","10.0.0.2"])"), std::string::npos) << lines[0];
  EXPECT_EQ(value_of(lines[1], "type"), "x25_socket");
  EXPECT_EQ(value_of(lines[1], "interface"), "eth0");
  EXPECT_EQ(value_of(lines[2], "type"), "rose_socket");
  EXPECT_EQ(value_of(lines[2], "dest_addr"), "1111111111");
}

TEST_F(NetstatTables, AllHoldersWithTheirWholeNames) {
  const UniqueFd listener = listen_at_loopback(Flavour::inet, 1);
  const SleepingChild child([] {});
  const std::string me = std::to_string(::getpid()) + "/" + own_name();
  const std::string it = std::to_string(child.pid()) + "/" + own_name();
  const std::string both = ::getpid() < child.pid() ? me + "," + it : it + "," + me;
  EXPECT_EQ(lines_with(ours("-tlnpp"), " LISTEN      " + both), 1U);
  EXPECT_EQ(lines_with(ours("-tlnp -p"), both), 1U);
  EXPECT_EQ(lines_with(ours("-tlnp"), ","), 0U);
  const auto json = ours("-tlnpp --json");
  ASSERT_EQ(json.size(), 1U);
  for (const pid_t pid : {::getpid(), child.pid()}) {
    EXPECT_NE(json[0].find("{\"pid\":" + std::to_string(pid) + ",\"program\":\"" + own_name() + "\"}"),
              std::string::npos);
  }
}

// So many holders with such long names that a row is longer than the output's buffer.
TEST_F(NetstatTables, AnyNumberOfHoldersFits) {
  const std::string name(400, 'x');
  const std::string script = "exec 9<>/dev/udp/127.0.0.1/9; for i in $(seq 700); do (exec -a " + name +
                             " sleep 60) & pids=\"$pids $!\"; done; sleep 1; \"$0\" -unpp | tail -1 | tr , "
                             "'\\n' | grep -c xxx; kill $pids";
  const auto result = run_command({"bash", "-c", script, NETSTAT_UNDER_TEST});
  EXPECT_EQ(result.out, "700\n") << result.err;
}

TEST_F(NetstatTables, PeersOfUnixSockets) {
  int pair[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
  const UniqueFd one(pair[0]);
  const UniqueFd other(pair[1]);
  const std::string inode = std::to_string(inode_of(pair[0]));
  const std::string peer = std::to_string(inode_of(pair[1]));
  // ss gives the same pair.
  std::size_t pairs = 0;
  for (const std::string& line : lines_of(must_run({"ss", "-Hax"}))) {
    const auto words = split_words(line);
    if (words.size() == 8 && words[5] == inode && words[7] == peer) ++pairs;
  }
  EXPECT_EQ(pairs, 1U) << must_run({"ss", "-Hax"});
  const std::string program = (std::to_string(::getpid()) + "/" + own_name()).substr(0, 19);
  std::size_t seen = 0;
  for (const std::string& line : ours("-ee -xa")) {
    const auto words = split_words(line);
    if (words.size() < 8 || std::ranges::find(words, inode) == words.end() || words.front() != "unix")
      continue;
    ++seen;
    EXPECT_TRUE(line.ends_with(program)) << line;
  }
  EXPECT_EQ(seen, 2U) << "one row as itself, one as the other's peer";
  const auto json = ours("-eex --json");
  EXPECT_EQ(lines_with(json, "\"inode\":" + inode + ",\"peer_inode\":" + peer +
                                 ",\"peer_pid\":" + std::to_string(::getpid())),
            1U);
  // -ee without -x, and -e with it, are netstat's own.
  EXPECT_TRUE(same_as_netstat("-eean"));
  EXPECT_TRUE(same_as_netstat("-exa"));
}

TEST_F(NetstatTables, TablesOfOtherNamespaces) {
  const NamedNamespace blue;
  UniqueFd there;
  in_namespace(blue.path(), [&] { there = listen_at_loopback(Flavour::inet, 1); });
  const UniqueFd here = listen_at_loopback(Flavour::inet, 1);
  const std::string port = ":" + std::to_string(local_endpoint(there.get()).port) + " ";
  // As the real one says it from inside.
  const std::string real = must_run({"ip", "netns", "exec", blue.name(), kRealNetstat, "-tanpe"});
  const CommandResult one = run_ours("-tanpe --netns " + blue.name());
  EXPECT_EQ(one.status, 0);
  EXPECT_EQ(one.out, "Network namespace " + blue.name() + " (" + std::to_string(blue.inode()) + ")\n" + real);

  const auto all = ours("-tln --netns all");
  EXPECT_GE(lines_with(all, "Network namespace "), 2U);
  EXPECT_GE(lines_with(all, port), 1U);
  EXPECT_GE(lines_with(all, ":" + std::to_string(local_endpoint(here.get()).port) + " "), 1U);
  const auto json = ours("-tln --json --netns all");
  EXPECT_EQ(lines_with(json, "\"netns\":" + std::to_string(blue.inode()) + ",\"netns_name\":\"" +
                                 blue.name() + "\""),
            1U);
  EXPECT_GE(lines_with(json, "\"netns\":" + std::to_string(current_namespace())), 1U);
  EXPECT_EQ(lines_with(ours("-tln --json"), "netns"), 0U);
  // By a process in it.
  const SleepingChild child([] { PrivateNamespace::enter_for_good(); });
  EXPECT_EQ(lines_with(ours("-tln --netns " + std::to_string(child.pid())), "LISTEN"), 0U);
  EXPECT_EQ(run_ours("-tln --netns no-such-namespace").status, 1);
}

// Each mode is that of the namespace, seen from outside, and SECONDS and --count repeat it.
TEST_F(NetstatTables, EveryModeElsewhereAndAgain) {
  const NamedNamespace blue;
  in_namespace(blue.path(), [] {
    must_run({"ip", "address", "add", "198.51.100.7/24", "dev", "lo"});
    must_run({"ip", "route", "add", "203.0.113.0/24", "dev", "lo"});
  });
  const std::string title = "Network namespace " + blue.name() + " (" + std::to_string(blue.inode()) + ")\n";
  for (const char* mode : {"-rn", "-6rn", "-ree", "-i", "-ia", "-ie", "-s", "-st", "-6s", "-gn", "-xa"}) {
    std::vector<std::string> words{"ip", "netns", "exec", blue.name(), kRealNetstat, mode};
    const std::string real = must_run(words);
    EXPECT_EQ(run_ours(std::string(mode) + " --netns " + blue.name()).out, title + real) << mode;
    const std::string twice = run_ours(std::string(mode) + " -c 0.01 --count 2 --netns " + blue.name()).out;
    EXPECT_EQ(twice, title + real + title + real) << mode;
  }
  // Records go on under the same field names; the interface table has its title once, as with -c.
  const auto csv = ours("-rn --csv --count 2 -c 0.01 --netns " + blue.name());
  EXPECT_EQ(lines_with(csv, "type,"), 1U);
  EXPECT_EQ(lines_with(csv, "203.0.113.0"), 2U);
  EXPECT_EQ(lines_with(ours("-st --json --count 3 -c 0.01"), "\"name\":\"ActiveOpens\""), 3U);
  EXPECT_EQ(lines_with(ours("-i --count 2 -c 0.01"), "Kernel Interface table"), 1U);
  EXPECT_EQ(lines_with(ours("-i --count 2 -c 0.01"), "Iface "), 2U);
  EXPECT_EQ(lines_with(ours("-stc"), "Tcp:"), 1U) << "netstat takes no notice of -c there";
}

TEST_F(NetstatTables, RoundsAndTheirPace) {
  const UniqueFd listener = listen_at_loopback(Flavour::inet, 1);
  const auto timed = [](const std::string& options, std::size_t rounds) {
    const auto started = std::chrono::steady_clock::now();
    EXPECT_EQ(lines_with(ours(options), "LISTEN"), rounds) << options;
    return std::chrono::steady_clock::now() - started;
  };
  using std::chrono::milliseconds;
  EXPECT_GE(timed("-tln -c 0.3 --count 3", 3), milliseconds(600));
  EXPECT_GE(timed("-tln --continuous=0.3 --count 2", 2), milliseconds(300));
  EXPECT_GE(timed("-tnlc 0.3 --count 2", 2), milliseconds(300));
  EXPECT_GE(timed("-tln --count 2", 2), milliseconds(1000));
  EXPECT_LT(timed("-tln -c 100 --count 1", 1), milliseconds(50000));
}

// Every row goes to the screen as it comes: a hundred times as many sockets need no more memory.
TEST_F(NetstatTables, MemoryDoesNotGrowWithTheTable) {
  const auto peak = [] {
    const auto result = run_command({"/usr/bin/time", "-f", "%M", NETSTAT_UNDER_TEST, "-tan"});
    EXPECT_EQ(result.status, 0);
    return std::pair(lines_of(result.out).size(), std::stol(result.err));
  };
  const auto [few, small] = peak();
  std::vector<Link> links;
  for (int i = 0; i < 4000; ++i) links.push_back(make_link(Flavour::inet));
  const auto [many, large] = peak();
  EXPECT_GE(many, few + 8000);
  EXPECT_LT(large, small + 4096) << "KiB";
  EXPECT_LT(large, 65536) << "KiB";
}

}  // namespace
}  // namespace conntrail::test
