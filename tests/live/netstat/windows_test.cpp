// netstat --windows: its command line, and connections, of which each row is one of the real netstat's in the
// same namespace.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
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

// As Windows writes it: [svchost.exe].
TEST_F(NetstatWindows, ProgramsStandBelowTheirConnections) {
  const EveryState sockets({Flavour::inet});
  const std::string own = " [" + std::filesystem::read_symlink("/proc/self/exe").filename().string() + "]";
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

TEST_F(NetstatWindows, PathsOfProgramsAreForV) {
  const EveryState sockets({Flavour::inet});
  const std::string path = std::filesystem::read_symlink("/proc/self/exe").string();
  for (const char* options : {"-anobv", "-anb -v", "/a /n /b /V"})
    EXPECT_NE(windows(options).out.find(" [" + path + "]\n"), std::string::npos) << options;
  EXPECT_EQ(windows("-anob").out.find(path), std::string::npos);
  EXPECT_EQ(windows("-anov").out, windows("-ano").out) << "nothing without -b";
}

// A program that was replaced (a package was upgraded) is the one of that name all the same.
TEST_F(NetstatWindows, ReplacedProgramsKeepTheirName) {
  std::string folder = (std::filesystem::temp_directory_path() / "conntrail-exe-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string program = folder + "/holder";
  std::filesystem::copy_file("/bin/sleep", program);
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);  // inherited
  ASSERT_EQ(::listen(listener, 1), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl(program.c_str(), program.c_str(), "60", nullptr);
    ::_exit(1);
  }
  ::close(listener);
  const std::string link = "/proc/" + std::to_string(child) + "/exe";
  std::error_code error;
  for (int i = 0; i < 1000 && std::filesystem::read_symlink(link, error) != program; ++i) ::usleep(10'000);
  std::filesystem::remove_all(folder);
  const std::string out = windows("-anob").out;
  const std::string whole = windows("-anobv").out;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_NE(out.find(" [holder]\n"), std::string::npos) << out;
  EXPECT_NE(whole.find(" [" + program + " (deleted)]\n"), std::string::npos) << whole;
}

// Chinese as Windows has it, in the columns of English; rows are the same bytes.
TEST_F(NetstatWindows, SpeaksChineseAsWindowsDoes) {
  const EveryState sockets({Flavour::inet});
  const std::vector<std::string> chinese{"env", "LANGUAGE=zh_CN", "LC_ALL=C.UTF-8"};
  const std::string table = windows("-ano", chinese).out;
  EXPECT_TRUE(
      table.starts_with("\n活动连接\n\n"
                        "  协议   本地地址               外部地址               状态            PID\n"))
      << table;
  EXPECT_EQ(rows_of(table), rows_of(windows("-ano").out));
  EXPECT_TRUE(windows("-an", chinese).out.find("外部地址               状态\n") != std::string::npos);
  const std::string tcp = windows("-s -p tcp", chinese).out;
  for (const char* line :
       {"\nIPv4 的 TCP 统计信息\n\n", "  主动开放                            = ",
        "  被动开放                            = ", "  失败的连接尝试                      = ",
        "  重置连接                            = ", "  当前连接                            = ",
        "  接收的分段                          = ", "  发送的分段                          = ",
        "  重新传输的分段                      = ", "\n活动连接\n"})
    EXPECT_NE(tcp.find(line), std::string::npos) << line << '\n' << tcp;
  const std::string udp = windows("-s -p udp", chinese).out;
  for (const char* line :
       {"\nIPv4 的 UDP 统计信息\n\n", "  接收的数据报          = ", "  无端口                = ",
        "  接收错误              = ", "  发送的数据报          = "})
    EXPECT_NE(udp.find(line), std::string::npos) << line << '\n' << udp;
}

// No word of another language is left, but for what Windows leaves English too (states, names of protocols).
TEST_F(NetstatWindows, HasAllItsTextsInChinese) {
  const std::vector<std::string> chinese{"env", "LANGUAGE=zh_CN", "LC_ALL=C.UTF-8"};
  static const std::regex kEnglish(
      "[A-Z][a-z]+ (Received|Sent|Statistics|Connections|Routes|List|Table|Address)|Received|Packets|On-link|"
      "Metric|None|Bytes|Errors|Discards");
  for (const char* options : {"-s", "-e", "-r", "-an"}) {
    const std::string out = windows(options, chinese).out;
    std::smatch found;
    EXPECT_FALSE(std::regex_search(out, found, kEnglish)) << options << ": " << found.str() << '\n' << out;
  }
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
