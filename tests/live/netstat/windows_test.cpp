// netstat --windows: its command line, and connections, of which each row is one of the real netstat's in the
// same namespace.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "command.h"
#include "differential.h"
#include "every_state.h"
#include "windows_fixture.h"

namespace conntrail::test {
namespace {

// "127.0.0.1:80" and "::1:80" as Windows writes them; the real netstat has no brackets and "*" for port 0.
std::string windows_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const std::string host = text.substr(0, colon);
  const std::string port = text.substr(colon + 1) == "*" ? "0" : text.substr(colon + 1);
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}

// "TCP local foreign state pid" from the rows of `netstat -tuanpW`.
std::vector<std::string> expected_rows(const std::string& real, bool all) {
  static const std::map<std::string, std::string> kStates{{"LISTEN", "LISTENING"},
                                                          {"SYN_RECV", "SYN_RECEIVED"},
                                                          {"FIN_WAIT1", "FIN_WAIT_1"},
                                                          {"FIN_WAIT2", "FIN_WAIT_2"},
                                                          {"CLOSE", "CLOSED"}};
  std::vector<std::string> rows;
  for (const std::string& line : lines_of(real)) {
    const auto words = words_of(line);
    const bool tcp = line.starts_with("tcp");
    if (!tcp && !line.starts_with("udp")) continue;
    const std::string& owner = words.back();
    const std::string pid = owner == "-" ? "0" : owner.substr(0, owner.find('/'));
    std::string row = (tcp ? "TCP " : "UDP ") + windows_address(words[3]) + " ";
    if (tcp) {
      const auto renamed = kStates.find(words[5]);
      const std::string state = renamed == kStates.end() ? words[5] : renamed->second;
      if (!all && state == "LISTENING") continue;
      row += windows_address(words[4]) + " " + state + " " + pid;
    } else {
      if (!all) continue;
      row += "*:* " + pid;
    }
    rows.push_back(row);
  }
  std::ranges::sort(rows);
  return rows;
}

bool is_v6(const std::string& row) { return row.substr(4).starts_with("["); }

TEST_F(NetstatWindows, RowsAreThoseOfTheRealNetstat) {
  const EveryState sockets;
  const std::string real = must_run({kRealNetstat, "-tuanpW"});
  for (const bool all : {true, false}) {
    const CommandResult ours = windows(all ? "-ano" : "-no");
    EXPECT_EQ(ours.status, 0);
    EXPECT_EQ(ours.err, "");
    std::vector<std::string> rows = rows_of(ours.out);
    const std::vector<std::string> in_order = rows;
    std::ranges::sort(rows);
    EXPECT_EQ(rows, expected_rows(real, all));
    EXPECT_GT(rows.size(), 20U);
    // TCP before UDP, IPv4 before IPv6.
    const auto rank = [](const std::string& row) {
      return (row.starts_with("UDP") ? 2 : 0) + (is_v6(row) ? 1 : 0);
    };
    EXPECT_TRUE(std::ranges::is_sorted(in_order, {}, rank));
  }
  // Every state is there in Windows' spelling.
  const std::string text = windows("-an").out;
  for (const char* state : {"LISTENING", "SYN_SENT", "SYN_RECEIVED", "ESTABLISHED", "FIN_WAIT_1",
                            "FIN_WAIT_2", "CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT"}) {
    EXPECT_NE(text.find(state), std::string::npos) << state;
  }
}

TEST_F(NetstatWindows, ColumnsStandWhereWindowsHasThem) {
  const EveryState sockets({Flavour::inet});
  const std::regex with_pid(R"(  (TCP|UDP)    \S+ +\S+ +([A-Z_0-9]+ +)?\d+)");
  const std::string text = windows("-ano").out;
  EXPECT_TRUE(
      text.starts_with("\nActive Connections\n\n"
                       "  Proto  Local Address          Foreign Address        State           PID\n"));
  std::size_t count = 0;
  for (const std::string& line : lines_of(text)) {
    if (!line.starts_with("  TCP") && !line.starts_with("  UDP")) continue;
    ++count;
    EXPECT_TRUE(std::regex_match(line, with_pid)) << line;
    for (const std::size_t column : {9U, 32U, 71U}) {
      EXPECT_EQ(line[column - 1], ' ') << line;
      EXPECT_NE(line[column], ' ') << line;
    }
    EXPECT_EQ(line[55] == ' ', line.starts_with("  UDP")) << line;
  }
  EXPECT_GT(count, 10U);
}

TEST_F(NetstatWindows, ProtocolsShowTheirOwnRows) {
  const EveryState sockets;
  std::size_t sum = 0;
  for (const char* protocol : {"TCP", "TcpV6", "udp", "UDPv6"}) {
    const std::string name(protocol);
    const bool v6 = name.size() > 3;
    const auto rows = rows_of(windows("-anp " + name).out);
    EXPECT_FALSE(rows.empty()) << name;
    for (const std::string& row : rows) {
      EXPECT_TRUE(row.starts_with(std::string(1, static_cast<char>(std::toupper(name[0]))))) << row;
      EXPECT_EQ(is_v6(row), v6) << row;
    }
    sum += rows.size();
  }
  EXPECT_EQ(sum, rows_of(windows("-an").out).size());
  for (const char* protocol : {"ip", "ICMPv6"}) {
    EXPECT_TRUE(rows_of(windows(std::string("-an -p ") + protocol).out).empty());
  }
}

TEST_F(NetstatWindows, ExecutablesStandBelowTheirConnections) {
  const EveryState sockets({Flavour::inet});
  const std::string own = " [" + std::filesystem::read_symlink("/proc/self/exe").string() + "]";
  const auto lines = lines_of(windows("-anob").out);
  const std::string own_pid = std::to_string(::getpid());
  std::map<std::string, int> below;
  for (std::size_t i = 4; i < lines.size(); ++i) {
    if (!lines[i].starts_with("  ")) continue;
    const std::string pid = words_of(lines[i]).back();
    const std::string next = i + 1 < lines.size() ? lines[i + 1] : "";
    if (pid == own_pid) {
      EXPECT_EQ(next, own) << lines[i];
      ++below["own"];
    } else {
      // Nobody holds what waits to be accepted, and what is left of a closed connection.
      EXPECT_EQ(pid, "0");
      EXPECT_TRUE(next == " Can not obtain ownership information" || next.starts_with("  ") || next.empty())
          << next;
      if (lines[i].find("TIME_WAIT") != std::string::npos) {
        EXPECT_FALSE(next.starts_with(" [") || next.starts_with(" C")) << next;
        ++below["time wait"];
      }
      if (lines[i].find("SYN_RECEIVED") != std::string::npos) {
        EXPECT_EQ(next, " Can not obtain ownership information");
        ++below["request"];
      }
    }
  }
  EXPECT_GT(below["own"], 3);
  EXPECT_GT(below["time wait"], 0);
  EXPECT_GT(below["request"], 0);
}

TEST_F(NetstatWindows, NamesReplaceForeignAddressesOnly) {
  const EveryState sockets({Flavour::inet});
  const std::string text = windows("-ap tcp").out;
  EXPECT_NE(text.find("  TCP    127.0.0.1:"), std::string::npos);
  EXPECT_NE(text.find(" localhost:"), std::string::npos);
  std::array<char, 256> host{};
  ASSERT_EQ(::gethostname(host.data(), host.size() - 1), 0);
  const std::string name(host.data());
  EXPECT_NE(text.find(" " + name.substr(0, name.find('.')) + ":0 "), std::string::npos);
}

// ---- the command line

TEST_F(NetstatWindows, HelpAndErrors) {
  for (const char* words : {"/?", "-?"}) {
    const CommandResult help = windows(words);
    EXPECT_EQ(help.status, 0);
    EXPECT_EQ(help.err, "");
    EXPECT_NE(help.out.find("netstat --windows"), std::string::npos);
  }
  for (const char* words : {"-x", "-p", "-p sctp", "0", "-a word"}) {
    const CommandResult refused = windows(words);
    EXPECT_EQ(refused.status, 1) << words;
    EXPECT_NE(refused.out.find("netstat --windows"), std::string::npos) << words;
    EXPECT_NE(refused.err, "") << words;
  }
}

TEST_F(NetstatWindows, IntervalRepeats) {
  const EveryState sockets({Flavour::inet});
  const CommandResult twice = run_command(
      {"timeout", "-k", "1", "4", "sh", "-c", std::string(NETSTAT_UNDER_TEST) + " --windows -n 1"});
  EXPECT_EQ(twice.status, 124);
  std::size_t titles = 0;
  for (const std::string& line : lines_of(twice.out)) titles += line == "Active Connections" ? 1U : 0U;
  EXPECT_GE(titles, 3U);
  EXPECT_LE(titles, 5U);
}

// Only the first word chooses it: elsewhere it is an unknown option, as in netstat.
TEST_F(NetstatWindows, IsChosenByTheFirstWord) { EXPECT_TRUE(same_as_netstat("-a --windows")); }

}  // namespace
}  // namespace conntrail::test
