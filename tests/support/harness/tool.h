// Tool: the built conntrail as a child process. Its stdout is a pipe, as scripts see it; a helper process
// empties that pipe into memory at once, so that a test which is busy with its scenario never holds the tool
// back.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "conntrail/base/unique_fd.h"
#include "hidden_transitions.h"
#include "patience.h"

namespace conntrail::live {

using Json = nlohmann::json;

struct ToolOptions {
  std::vector<std::string> arguments;
  bool as_nobody = false;      // uid and gid 65534, no capabilities
  int network_namespace = -1;  // run it there (descriptor); -1: where the test is
  bool raw_stdout = false;     // the test reads stdout itself: see stdout_fd()
};

struct Finished {
  int status = -1;  // exit status; 128 + n for signal n; -1: it had to be killed
  std::string err;
};

class Tool {
 public:
  explicit Tool(const ToolOptions& options);
  explicit Tool(std::vector<std::string> arguments) : Tool(ToolOptions{.arguments = std::move(arguments)}) {}
  ~Tool();  // SIGKILL when it still runs
  Tool(const Tool&) = delete;
  Tool& operator=(const Tool&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Waits for the first "snapshot" line: from there on nothing escapes. Throws with the tool's stderr when
  // none comes.
  void wait_ready();

  [[nodiscard]] const std::string& out();  // all of stdout so far
  [[nodiscard]] const std::vector<Json>&
  lines();  // the complete lines of it; a line that is no JSON fails the test
  [[nodiscard]] std::string err() const;
  // Waits until a line fulfils `wanted`.
  [[nodiscard]] bool saw(const std::function<bool(const Json&)>& wanted, Duration bound);

  // Transitions since the start that no BPF program could see: so many lines may be missing.
  [[nodiscard]] std::uint64_t hidden_transitions() const { return hidden_.count(); }

  void signal(int number) const;
  [[nodiscard]] bool running();
  // Waits for the end; the first form asks for it.
  Finished stop(int signal_number, Duration bound = std::chrono::seconds(15));
  Finished wait(Duration bound = std::chrono::seconds(15));

  [[nodiscard]] int stdout_fd() const { return raw_.get(); }
  void close_stdout() { raw_.reset(); }

 private:
  void refresh();

  HiddenTransitions hidden_;
  pid_t pid_ = -1;
  pid_t collector_ = -1;
  int status_ = -1;
  UniqueFd raw_;
  UniqueFd out_memory_;
  UniqueFd err_memory_;
  std::string out_;
  std::size_t parsed_ = 0;
  std::vector<Json> lines_;
};

// A command that ends by itself: exit status, stdout and stderr.
struct ToolRun {
  int status = -1;
  std::string out;
  std::string err;
  std::vector<Json> lines;  // filled when `json`
};
ToolRun run_tool(std::vector<std::string> arguments, bool json = false, bool as_nobody = false);

[[nodiscard]] std::string tool_path();  // $CONNTRAIL, else the binary of this build

}  // namespace conntrail::live
