// conntrail in a pid namespace and in a time namespace of its own: its numbers and times are the right ones
// there.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "cli_scenario.h"

namespace conntrail::live {
namespace {

std::vector<Json> json_lines(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(Json::parse(line));
  return lines;
}

class InnerNamespace : public Cli {
 protected:
  InnerNamespace() : listening_(server.listen(loopback(Flavour::v4))) {
    std::string name = "/tmp/conntrail-inner-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::uint16_t port() { return server.facts(listening_).local.port(); }
  // For bash, which connects by itself.
  [[nodiscard]] std::string connect_as_3() { return "exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(port()); }
  [[nodiscard]] std::string file(const std::string& name) const { return directory_ + "/" + name; }
  // A shell in a pid namespace of its own, with its own /proc.
  static test::CommandResult in_pid_namespace(const std::string& script) {
    return test::run_command({"unshare", "--pid", "--fork", "--mount-proc", "bash", "-c", script});
  }

  int listening_;
  std::string directory_;
};

TEST_F(InnerNamespace, CommandIsTracedByItsNumberThere) {
  const test::CommandResult run =
      in_pid_namespace(tool_path() + " trace --json --netns self -- bash -c 'echo $$ > " + file("pid") +
                       "; " + connect_as_3() + "; exec 3>&-; (" + connect_as_3() + "; exec 3>&-; exit 0)'");
  EXPECT_EQ(run.status, 0) << run.err;
  std::uint32_t pid = 0;
  std::ifstream(file("pid")) >> pid;
  std::map<std::uint32_t, std::size_t> transitions;
  for (const Json& line : json_lines(run.out)) {
    if (line.value("type", "") == "transition") ++transitions[line.value("pid", 0U)];
  }
  EXPECT_EQ(transitions.size(), 2U) << "the command and its child\n" << run.out << run.err;
  EXPECT_GE(transitions[pid], 3U) << "process " << pid << "\n" << run.out;
  for (const auto& [one, count] : transitions) EXPECT_LT(one, 100U) << "a number of another namespace";
}

TEST_F(InnerNamespace, ProcessHasOneNumberInEventsAndTables) {
  const test::CommandResult run =
      in_pid_namespace(tool_path() + " list --json --no-history --netns self --for 3s > " + file("list") +
                       " & sleep 1.5; " + connect_as_3() + "; wait");
  EXPECT_EQ(run.status, 0) << run.err;
  std::ifstream in(file("list"));
  std::size_t found = 0;
  for (const Json& row : json_lines({std::istreambuf_iterator<char>(in), {}})) {
    if (row.value("remote_port", 0U) != port()) continue;
    ++found;
    EXPECT_EQ(row.value("pid", 0U), 1U) << "the shell is the first process there: " << row;
    ASSERT_EQ(row["holders"].size(), 1U) << row;
    EXPECT_EQ(row["holders"][0].value("pid", 0U), 1U) << row;
  }
  EXPECT_EQ(found, 1U);
}

TEST_F(InnerNamespace, TimesAreTheHostsInATimeNamespace) {
  for (const char* shift : {"100000", "-100"}) {
    const std::string script = tool_path() + " list --json --no-history --netns self --for 3s > " +
                               file("list") + " & sleep 1.5; " + connect_as_3() + "; wait";
    const test::CommandResult run = test::run_command(
        {"unshare", "--time", "--fork", "--monotonic", shift, "--boottime", shift, "bash", "-c", script});
    if (run.status != 0) GTEST_SKIP() << "no time namespaces here: " << run.err;
    std::ifstream in(file("list"));
    std::size_t found = 0;
    for (const Json& row : json_lines({std::istreambuf_iterator<char>(in), {}})) {
      if (row.value("remote_port", 0U) != port() || row.value("existed_before", false)) continue;
      ++found;
      EXPECT_LT(row.value("age_us", 1e12), 60e6) << row;
      EXPECT_GT(row.value("age_us", 0.0), 0.5e6) << row;
      std::tm opened{};
      ASSERT_NE(::strptime(row.value("opened", "").c_str(), "%Y-%m-%dT%H:%M:%S", &opened), nullptr) << row;
      EXPECT_LT(std::abs(std::difftime(std::time(nullptr), ::timegm(&opened))), 60) << row;
    }
    EXPECT_EQ(found, 1U) << run.err;
  }
}

}  // namespace
}  // namespace conntrail::live
