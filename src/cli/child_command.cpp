#include "child_command.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "conntrail/base/signals.h"

namespace conntrail::cli {
namespace {

constexpr int kExitNotRun = 127;

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("cannot create a pipe", errno);
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

[[noreturn]] void run_child(const std::vector<std::string>& words, const Signals& signals, int go,
                            int exec_error) {
  char byte = 0;
  ssize_t n = 0;
  while ((n = ::read(go, &byte, 1)) < 0 && errno == EINTR) {
  }
  if (n != 1) _exit(kExitNotRun);  // the parent gave up
  signals.restore_in_child();
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(exec_error, &error, sizeof error);
  _exit(kExitNotRun);
}

}  // namespace

Result<ChildCommand> ChildCommand::prepare(const std::vector<std::string>& words, const Signals& signals) {
  auto go = make_pipe();
  if (!go) return std::unexpected(go.error());
  auto exec_error = make_pipe();
  if (!exec_error) return std::unexpected(exec_error.error());
  const pid_t pid = fork();
  if (pid < 0) return fail_errno("cannot start '" + words.front() + "'", errno);
  if (pid == 0) {
    go->write.reset();
    run_child(words, signals, go->read.get(), exec_error->write.get());
  }
  return ChildCommand(pid, words.front(), std::move(go->write), std::move(exec_error->read));
}

ChildCommand::ChildCommand(pid_t pid, std::string name, UniqueFd go, UniqueFd exec_error)
    : pid_(pid), name_(std::move(name)), go_(std::move(go)), exec_error_(std::move(exec_error)) {}

ChildCommand::ChildCommand(ChildCommand&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      name_(std::move(other.name_)),
      go_(std::move(other.go_)),
      exec_error_(std::move(other.exec_error_)),
      status_(other.status_) {}

ChildCommand::~ChildCommand() {
  if (pid_ <= 0 || status_) return;
  go_.reset();  // a child still waiting exits now; one that runs is the user's and goes on
  int status = 0;
  waitpid(pid_, &status, WNOHANG);
}

Result<void> ChildCommand::release() {
  const char byte = 1;
  if (::write(go_.get(), &byte, 1) != 1) return fail_errno("cannot start '" + name_ + "'", errno);
  go_.reset();
  int error = 0;
  ssize_t n = 0;
  while ((n = ::read(exec_error_.get(), &error, sizeof error)) < 0 && errno == EINTR) {
  }
  if (n == static_cast<ssize_t>(sizeof error))
    return fail_errno("cannot run '" + name_ + "'", error,
                      "the command behind -- must be a program that can be executed");
  return {};
}

void ChildCommand::forward(int signal) const {
  if (pid_ > 0 && !status_) kill(pid_, signal);
}

std::optional<int> ChildCommand::poll_exit() {
  if (status_) return status_;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  constexpr int kSignalBase = 128;
  status_ = WIFSIGNALED(status) ? kSignalBase + WTERMSIG(status) : WEXITSTATUS(status);
  return status_;
}

}  // namespace conntrail::cli
