#include "tool.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace conntrail::live {
namespace {

std::string memory_text(int fd, std::size_t from) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || static_cast<std::size_t>(status.st_size) <= from) return {};
  std::string text(static_cast<std::size_t>(status.st_size) - from, '\0');
  const ssize_t n = ::pread(fd, text.data(), text.size(), static_cast<off_t>(from));
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return text;
}

// Empties `from` into `to` until the writer is gone.
[[noreturn]] void run_collector(int from, int to) {
  ::dup2(from, 0);
  ::dup2(to, 1);
  ::close_range(3, ~0U, 0);
  std::array<char, 65536> chunk{};
  for (;;) {
    const ssize_t n = ::read(0, chunk.data(), chunk.size());
    if (n <= 0) ::_exit(n == 0 ? 0 : 1);
    if (::write(1, chunk.data(), static_cast<std::size_t>(n)) != n) ::_exit(1);
  }
}

[[noreturn]] void run_binary(int binary, const ToolOptions& options, int out, int err) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(out, 1);
  ::dup2(err, 2);
  if (options.network_namespace >= 0 && ::setns(options.network_namespace, CLONE_NEWNET) != 0) ::_exit(126);
  constexpr uid_t kNobody = 65534;
  if (options.as_nobody && (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0))
    ::_exit(126);
  std::vector<char*> argv{const_cast<char*>("conntrail")};
  for (const std::string& word : options.arguments) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  // By descriptor: nobody may run it also where the build directory is closed to others.
  ::fexecve(binary, argv.data(), environ);
  std::perror("exec conntrail");
  ::_exit(127);
}

int decode(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

std::string tool_path() {
  const char* path = std::getenv("CONNTRAIL");
  return path != nullptr && *path != '\0' ? path : CONNTRAIL_BINARY;
}

Tool::Tool(const ToolOptions& options)
    : out_memory_(::memfd_create("stdout", MFD_CLOEXEC)), err_memory_(::memfd_create("stderr", MFD_CLOEXEC)) {
  const UniqueFd binary(::open(tool_path().c_str(), O_PATH | O_CLOEXEC));
  if (!binary) throw std::runtime_error("cannot open " + tool_path() + " (build it, or set CONNTRAIL)");
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  UniqueFd read_end(ends[0]);
  const UniqueFd write_end(ends[1]);
  pid_ = ::fork();
  if (pid_ == 0) run_binary(binary.get(), options, write_end.get(), err_memory_.get());
  if (options.raw_stdout) {
    raw_ = std::move(read_end);
    return;
  }
  collector_ = ::fork();
  if (collector_ == 0) run_collector(read_end.get(), out_memory_.get());
}

Tool::~Tool() {
  if (pid_ > 0 && running()) stop(SIGKILL);
  if (collector_ > 0) ::waitpid(collector_, nullptr, 0);
}

void Tool::wait_ready() {
  if (saw([](const Json& line) { return line.value("type", "") == "snapshot"; }, std::chrono::seconds(20)))
    return;
  throw std::runtime_error("conntrail did not get ready; stdout: " + out() + "\nstderr: " + err());
}

void Tool::refresh() {
  out_ += memory_text(out_memory_.get(), out_.size());
  for (std::size_t end = out_.find('\n', parsed_); end != std::string::npos; end = out_.find('\n', parsed_)) {
    const std::string_view text(out_.data() + parsed_, end - parsed_);
    parsed_ = end + 1;
    Json line = Json::parse(text, nullptr, false);
    if (line.is_object())
      lines_.push_back(std::move(line));
    else
      ADD_FAILURE() << "a line that is no JSON object: " << text;
  }
}

const std::string& Tool::out() {
  out_ += memory_text(out_memory_.get(), out_.size());
  return out_;
}

const std::vector<Json>& Tool::lines() {
  refresh();
  return lines_;
}

std::string Tool::err() const { return memory_text(err_memory_.get(), 0); }

bool Tool::saw(const std::function<bool(const Json&)>& wanted, Duration bound) {
  std::size_t looked_at = 0;
  const auto look = [&] {
    refresh();
    for (; looked_at < lines_.size(); ++looked_at)
      if (wanted(lines_[looked_at])) return true;
    return false;
  };
  return eventually([&] { return look() || !running(); }, bound) && look();
}

void Tool::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

bool Tool::running() {
  if (pid_ <= 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
  status_ = decode(status);
  pid_ = -1;
  return false;
}

Finished Tool::stop(int signal_number, Duration bound) {
  signal(signal_number);
  return wait(bound);
}

Finished Tool::wait(Duration bound) {
  Finished finished;
  if (eventually([&] { return !running(); }, bound)) {
    finished.status = status_;
  } else {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    ADD_FAILURE() << "conntrail did not end and was killed";
  }
  if (collector_ > 0) {
    ::waitpid(collector_, nullptr, 0);
    collector_ = -1;
  }
  finished.err = err();
  return finished;
}

ToolRun run_tool(std::vector<std::string> arguments, bool json, bool as_nobody) {
  Tool tool(ToolOptions{.arguments = std::move(arguments), .as_nobody = as_nobody});
  Finished finished = tool.wait(std::chrono::seconds(30));
  ToolRun run{finished.status, tool.out(), std::move(finished.err), {}};
  if (json) run.lines = tool.lines();
  return run;
}

}  // namespace conntrail::live
