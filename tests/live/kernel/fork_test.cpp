// Following a process and its descendants.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "collector.h"
#include "netns.h"

namespace conntrail::test {
namespace {

// Forks a child that forks a grandchild that exits; returns the child's pid.
pid_t two_generations() {
  const pid_t child = ::fork();
  if (child == 0) {
    const pid_t grandchild = ::fork();
    if (grandchild == 0) ::_exit(0);
    ::waitpid(grandchild, nullptr, 0);
    ::_exit(0);
  }
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  return child;
}

TEST(Forks, OfAFollowedProcessAndItsChildren) {
  const PrivateNamespace net;
  kernel::StreamOptions options;
  options.follow_pids = {static_cast<std::uint32_t>(getpid())};
  Collector collector(net.inode(), options);
  std::thread([] {}).join();  // a thread is no process
  const auto self = static_cast<std::uint32_t>(getpid());
  const auto child = static_cast<std::uint32_t>(two_generations());
  ASSERT_TRUE(collector.wait([&] { return collector.of(EventKind::fork).size() >= 2; }));
  collector.settle();
  const auto forks = collector.of(EventKind::fork);
  ASSERT_EQ(forks.size(), 2U);
  EXPECT_EQ(forks[0].task_pid, self);
  EXPECT_EQ(forks[0].child_pid, child);
  EXPECT_EQ(forks[1].task_pid, child);
  EXPECT_NE(forks[1].child_pid, 0U);
  EXPECT_NE(forks[1].child_pid, child);
}

TEST(Forks, OfOthersAreNotReported) {
  const PrivateNamespace net;
  kernel::StreamOptions options;
  options.follow_pids = {static_cast<std::uint32_t>(getppid())};
  Collector collector(net.inode(), options);
  (void)two_generations();
  collector.settle();
  EXPECT_TRUE(collector.of(EventKind::fork).empty());
}

}  // namespace
}  // namespace conntrail::test
