// The whole log, with the test's own stderr replaced.
#include "conntrail/log/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <vector>

#include "conntrail/base/unique_fd.h"
#include "temporary_directory.h"

namespace conntrail::log {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::array<std::string_view, 3> kRooms{"session", "kernel", "libbpf"};

// Descriptor 2 is something else while it lives.
class Stderr {
 public:
  explicit Stderr(int replacement) : before_(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) {
    dup2(replacement, STDERR_FILENO);
  }
  ~Stderr() { dup2(before_.get(), STDERR_FILENO); }
  Stderr(const Stderr&) = delete;
  Stderr& operator=(const Stderr&) = delete;

 private:
  UniqueFd before_;
};

class Logging : public testing::Test {
 protected:
  Logging() { std::signal(SIGPIPE, SIG_IGN); }
  ~Logging() override { unsetenv("JOURNAL_STREAM"); }

  [[nodiscard]] std::string stderr_file() const { return directory.file("stderr"); }
  [[nodiscard]] UniqueFd open_stderr_file() const {
    return UniqueFd(open(stderr_file().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  }
  [[nodiscard]] static LogOptions options(std::string_view levels = "info") {
    LogOptions options;
    options.levels = LogLevels::parse("levels", levels, kRooms).value();
    options.rooms = kRooms;
    return options;
  }

  TemporaryDirectory directory;
};

TEST_F(Logging, ToStderrAsCommandsSayIt) {
  const UniqueFd file = open_stderr_file();
  const Stderr replaced(file.get());
  {
    const auto log = Log::open(options("info,session=debug")).value();
    const Messages messages(*log);
    messages.note("recording");
    messages.of_room("session").debug("a snapshot");
    messages.of_room("kernel").debug("attached");
    messages.of_room("kernel").warning("name with \x1b[31m in it");
  }
  EXPECT_EQ(
      content(stderr_file()),
      "conntrail: recording\nconntrail: debug: session: a snapshot\nconntrail: name with ?[31m in it\n");
}

TEST_F(Logging, WithPrioritiesToTheJournal) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  struct stat status {};
  ASSERT_EQ(fstat(writer.get(), &status), 0);
  const std::string stream = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  setenv("JOURNAL_STREAM", stream.c_str(), 1);
  {
    const Stderr replaced(writer.get());
    const auto log = Log::open(options("debug")).value();
    const Messages messages(*log, "session");
    messages.error(Error{ErrorKind::runtime, "an error", {}, {}, 0});
    messages.warning("a warning");
    messages.note("a note");
    messages.debug("a detail");
  }
  std::array<char, 200> got{};
  const ssize_t length = read(reader.get(), got.data(), got.size());
  EXPECT_EQ(std::string(got.data(), static_cast<std::size_t>(length)),
            "<3>an error\n<4>a warning\n<6>a note\n<7>session: a detail\n");
}

TEST_F(Logging, WithoutPrioritiesWhereTheJournalIsNotBehindStderr) {
  setenv("JOURNAL_STREAM", "1:2", 1);  // inherited from a service whose output was redirected
  const UniqueFd file = open_stderr_file();
  const Stderr replaced(file.get());
  Messages(*Log::open(options()).value()).note("a note");
  EXPECT_EQ(content(stderr_file()), "conntrail: a note\n");
}

TEST_F(Logging, IntoAFileWithTimeLevelAndRoom) {
  LogOptions chosen = options();
  chosen.file = directory.file("log");
  const UniqueFd file = open_stderr_file();
  const Stderr replaced(file.get());
  Messages(*Log::open(chosen).value(), "kernel").warning("it is late");
  EXPECT_THAT(content(chosen.file),
              testing::ContainsRegex("^20[0-9-]+T[0-9:]+\\.[0-9]+Z warning kernel: it is late\n$"));
  EXPECT_EQ(content(stderr_file()), "");
}

TEST_F(Logging, AFileThatCannotBeWrittenIsToldAtOnce) {
  LogOptions chosen = options();
  chosen.file = "/dev/full";
  EXPECT_FALSE(Log::open(chosen));
}

TEST_F(Logging, KeepsWhatWasSaidBeforeItWasAllowedTo) {
  LogOptions chosen = options();
  chosen.kept_file = directory.file("kept");
  const UniqueFd file = open_stderr_file();
  const Stderr replaced(file.get());
  const auto log = Log::open(chosen).value();
  Messages(*log, "kernel").note("before");
  log->flush();
  EXPECT_EQ(access(chosen.kept_file.c_str(), F_OK), -1);
  log->keep();
  Messages(*log, "kernel").note("after");
  EXPECT_THAT(content(chosen.kept_file), testing::ContainsRegex("before\n.*after\n$"));
}

TEST_F(Logging, RemembersDebugThatNobodyAskedFor) {
  const UniqueFd file = open_stderr_file();
  const Stderr replaced(file.get());
  const auto log = Log::open(options("error")).value();
  const Messages messages(*log);
  EXPECT_TRUE(messages.of_room("session").wants(MessageLevel::debug));
  EXPECT_FALSE(messages.of_room("libbpf").wants(MessageLevel::debug)) << "its text costs";
  for (int i = 0; i < 300; ++i) messages.of_room("session").debug("line " + std::to_string(i));
  const auto lines = log->remembered();
  ASSERT_EQ(lines.size(), Log::kRemembered);
  EXPECT_THAT(lines.front(), HasSubstr("debug session: line 100"));
  EXPECT_THAT(lines.back(), HasSubstr("debug session: line 299"));
  EXPECT_EQ(content(stderr_file()), "");
  log->show_remembered();
  EXPECT_THAT(content(stderr_file()), HasSubstr("conntrail: the last 200 messages, debug included:\n  20"));
}

TEST_F(Logging, RepeatsAreFoldedAndCountedAtTheEnd) {
  const UniqueFd file = open_stderr_file();
  const Stderr replaced(file.get());
  {
    const auto log = Log::open(options()).value();
    for (int i = 0; i < 42; ++i) Messages(*log).warning("again");
  }
  EXPECT_EQ(content(stderr_file()), "conntrail: again\nconntrail: last message repeated 41 times\n");
}

TEST_F(Logging, AReaderThatIsGoneOrSleepsHoldsNothingUp) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const Stderr replaced(writer.get());
  writer.reset();
  const auto log = Log::open(options()).value();
  const std::string text(1000, 'x');
  for (int i = 0; i < 500; ++i) Messages(*log).note(std::to_string(i) + text);  // a pipe holds 64 KiB
  reader.reset();
  Messages(*log).note("nobody reads");
  EXPECT_EQ(log->remembered().size(), Log::kRemembered);
}

TEST_F(Logging, WhatTheReaderMissedIsSaidWhenItWakesUp) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  std::string got;
  std::thread reading;
  {
    const Stderr replaced(writer.get());
    const auto log = Log::open(options()).value();
    const std::string text(1000, 'x');
    for (int i = 0; i < 500; ++i) Messages(*log).note(std::to_string(i) + text);
    writer.reset();
    reading = std::thread([&] {
      std::array<char, 4096> some{};
      ssize_t length = 0;
      while ((length = read(reader.get(), some.data(), some.size())) > 0)
        got.append(some.data(), static_cast<std::size_t>(length));
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));  // the log tries again every second
  }
  reading.join();
  std::size_t lines = 0;
  for (std::size_t at = got.find("xx\n"); at != std::string::npos; at = got.find("xx\n", at + 1)) ++lines;
  EXPECT_THAT(got, HasSubstr("conntrail: " + std::to_string(500 - lines) +
                             " messages were dropped here: they could not be written\n"));
  EXPECT_LT(lines, 200U);
}

TEST_F(Logging, FromManyThreads) {
  const UniqueFd file = open_stderr_file();
  const Stderr replaced(file.get());
  {
    const auto log = Log::open(options()).value();
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&log, thread] {
        for (int i = 0; i < 100; ++i)
          Messages(*log, "session").note(std::to_string(thread) + " says " + std::to_string(i));
      });
    }
  }
  const std::string all = content(stderr_file());
  EXPECT_EQ(std::ranges::count(all, '\n'), 400);
  for (const char* const line : {"\nconntrail: 0 says 99\n", "\nconntrail: 3 says 99\n"})
    EXPECT_THAT(all, HasSubstr(line));
}

}  // namespace
}  // namespace conntrail::log
