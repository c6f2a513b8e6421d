// `trace -- cmd`: runs it, traces it and its descendants and nobody else, and passes its exit status on.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli_scenario.h"

namespace conntrail::live {
namespace {

class ChildCommand : public Cli {
 protected:
  ChildCommand() : listening_(server.listen(loopback(Flavour::v4))) {
    std::string name = "/tmp/conntrail-cli-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  // bash connects by itself; the pid file tells who did.
  [[nodiscard]] std::string connecting(const std::string& pid_file) {
    const std::string port = std::to_string(server.facts(listening_).local.port());
    return "echo $BASHPID > " + directory_ + "/" + pid_file + "; exec 3<>/dev/tcp/127.0.0.1/" + port +
           "; exec 3>&-";
  }
  [[nodiscard]] std::uint32_t pid_in(const std::string& pid_file) const {
    std::uint32_t pid = 0;
    std::ifstream(directory_ + "/" + pid_file) >> pid;
    return pid;
  }
  ToolRun trace_command(const std::string& script) {
    return run_tool({"trace", "--json", "--netns", "self", "--", "bash", "-c", script}, true);
  }

  int listening_;
  std::string directory_;
};

TEST_F(ChildCommand, TracedWithDescendantsOnly) {
  const Address at = server.facts(listening_).local;
  // Somebody else's connections, before and meanwhile.
  const int strange = client.connect(at);
  const SocketFacts strange_facts = client.facts(strange);
  const ToolRun run = trace_command(connecting("own") + "; (" + connecting("child") + "; exit 0); ( ( " +
                                    connecting("grandchild") + " ) & wait ); exit 7");
  client.close(strange);
  EXPECT_EQ(run.status, 7) << run.err;

  std::map<std::uint32_t, std::vector<std::string>> walks;  // by pid
  for (const Json& line : run.lines) {
    if (line.value("type", "") != "transition") continue;
    EXPECT_NE(line.value("cookie", std::uint64_t{0}), strange_facts.cookie) << line;
    EXPECT_EQ(line.value("direction", ""), "active") << "the server is no descendant: " << line;
    walks[line.value("pid", 0U)].push_back(line.value("to", ""));
  }
  for (const char* who : {"own", "child", "grandchild"}) {
    ASSERT_NE(pid_in(who), 0U) << who << " did not run: " << run.err;
    const std::vector<std::string>& walk = walks[pid_in(who)];
    ASSERT_GE(walk.size(), 3U) << who << " was not traced\n" << run.out;
    EXPECT_EQ(walk[0], "SYN_SENT") << who;
    EXPECT_EQ(walk[1], "ESTABLISHED") << who;
    EXPECT_EQ(walk[2], "FIN_WAIT1") << who;
  }
  EXPECT_EQ(walks.size(), 3U) << "somebody else was traced\n" << run.out;
}

TEST_F(ChildCommand, ItsStatusIsPassedOn) {
  EXPECT_EQ(trace_command("exit 0").status, 0);
  EXPECT_EQ(trace_command("exit 113").status, 113);
  EXPECT_EQ(trace_command("kill -TERM $$").status, 128 + 15);
  EXPECT_EQ(trace_command("kill -KILL $$").status, 128 + 9);
}

TEST_F(ChildCommand, ThatDoesNotExist) {
  const ToolRun run = run_tool({"trace", "--json", "--netns", "self", "--", "/nonexistent/program"});
  EXPECT_EQ(run.status, 2) << run.err;
  EXPECT_NE(run.err.find("/nonexistent/program"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace conntrail::live
