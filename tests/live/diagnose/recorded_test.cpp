// `diagnose --since`: the same findings from what a recorder wrote.
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>

#include "diagnosis.h"

namespace conntrail::live {
namespace {

using std::chrono::seconds;
using test::LoadProcess;
using test::Serve;

class Recorded : public Diagnose {
 protected:
  Recorded() {
    std::string name = "/tmp/conntrail-recorded-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    directory = name;
    database = directory + "/history.db";
  }
  ~Recorded() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
  }
  std::string directory;
  std::string database;
};

TEST_F(Recorded, TheLeakIsNamedAfterwards) {
  const LoadProcess server("ct-leaker", cable.server(),
                           test::server({.port = 8080, .serve = Serve::never_close}));
  const LoadProcess client("ct-client", cable.client(), test::client({.port = 8080, .per_second = 100}));
  std::uint64_t leaked = 0;
  {
    Tool recorder({"record", "--db", database, "--netns", cable.server().name()});
    pause_for(seconds(3));
    leaked = client.report().closed;
    const Finished finished = recorder.stop(SIGINT);
    ASSERT_EQ(finished.status, 0) << finished.err;
  }
  const ToolRun run = run_tool({"diagnose", "--json", "--since", "1h", "--db", database}, true);
  ASSERT_FALSE(run.lines.empty()) << run.err;
  EXPECT_EQ(run.lines[0].value("type", ""), "evidence");
  EXPECT_GE(run.lines[0].value("samples", 0U), 2U) << "the recorder samples the host at both ends";
  const auto leak = std::ranges::find_if(
      run.lines, [](const Json& line) { return line.value("id", "") == "close-wait-leak"; });
  ASSERT_NE(leak, run.lines.end()) << run.out << run.err;
  EXPECT_EQ(fact(*leak, "comm"), "ct-leaker");
  EXPECT_EQ(fact(*leak, "pid"), server.pid());
  EXPECT_NEAR(fact(*leak, "close_wait").get<double>(), static_cast<double>(leaked), 60.0);

  const ToolRun none =
      run_tool({"diagnose", "--since", "2020-01-01", "--until", "2020-01-02", "--db", database});
  EXPECT_EQ(none.status, 2);
  EXPECT_NE(none.err.find("nothing was recorded"), std::string::npos) << none.err;
  EXPECT_EQ(run_tool({"diagnose", "--since", "1h", "--for", "1s"}).status, 2);
}

}  // namespace
}  // namespace conntrail::live
