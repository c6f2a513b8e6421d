// The command behind `trace -- cmd…`: started stopped, so that tracing is in place before its first
// instruction.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "conntrail/base/result.h"
#include "conntrail/base/unique_fd.h"

namespace conntrail {
class Signals;
}

namespace conntrail::cli {

class ChildCommand {
 public:
  // Forks; the child waits for release() before it executes `words`. Ended without release, it exits without
  // running.
  [[nodiscard]] static Result<ChildCommand> prepare(const std::vector<std::string>& words,
                                                    const Signals& signals);

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Lets it run. Fails when the command could not be executed (not found, not permitted).
  [[nodiscard]] Result<void> release();
  void forward(int signal) const;
  // The exit status as a shell gives it (128 + n for a signal), once it has ended.
  [[nodiscard]] std::optional<int> poll_exit();

  ChildCommand(ChildCommand&& other) noexcept;
  ChildCommand& operator=(ChildCommand&&) = delete;
  ChildCommand(const ChildCommand&) = delete;
  ChildCommand& operator=(const ChildCommand&) = delete;
  ~ChildCommand();

 private:
  ChildCommand(pid_t pid, std::string name, UniqueFd go, UniqueFd exec_error);
  pid_t pid_;
  std::string name_;
  UniqueFd go_;          // one byte written here lets the child run
  UniqueFd exec_error_;  // closed by a successful exec, else carries its errno
  std::optional<int> status_;
};

}  // namespace conntrail::cli
