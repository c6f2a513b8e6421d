// Nothing stays in the kernel, however the process ends.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "bpf_objects.h"
#include "collector.h"
#include "conntrail/kernel/iterators.h"
#include "conntrail/kernel/probe.h"
#include "must.h"

namespace conntrail::test {
namespace {

TEST(Lifetime, ClosingTheStreamLeavesNothing) {
  std::set<std::string> objects;
  {
    kernel::EventStream stream = must(kernel::EventStream::open({}));
    EXPECT_EQ(stream.missing(), std::vector<std::string>{});
    objects = bpf_objects_of(getpid());
    EXPECT_EQ(still_there(objects), objects);
    EXPECT_GE(objects.size(), 10U);
    const kernel::EventStream moved = std::move(stream);
    EXPECT_EQ(bpf_objects_of(getpid()), objects) << "moving keeps everything";
  }
  EXPECT_EQ(left_behind(objects), std::set<std::string>{});
  EXPECT_TRUE(bpf_objects_of(getpid()).empty());
}

TEST(Lifetime, AKilledProcessLeavesNothing) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto stream = kernel::EventStream::open({});
    auto sockets = kernel::SocketIterators::open();
    const char answer = stream && sockets ? 'y' : 'n';
    if (::write(ready[1], &answer, 1) != 1) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  const std::set<std::string> objects = bpf_objects_of(child);
  EXPECT_EQ(still_there(objects), objects);
  EXPECT_GE(objects.size(), 12U);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ::close(ready[0]);
  ::close(ready[1]);
  EXPECT_EQ(left_behind(objects), std::set<std::string>{});
}

TEST(Lifetime, TheProbeLeavesNothing) {
  EXPECT_TRUE(kernel::probe().tracing_works);
  EXPECT_TRUE(bpf_objects_of(getpid()).empty());
}

}  // namespace
}  // namespace conntrail::test
