// iter/task_file: who holds which socket.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <thread>
#include <vector>

#include "conntrail/kernel/iterators.h"
#include "must.h"
#include "netns.h"
#include "sockets.h"

namespace conntrail::test {
namespace {

std::vector<SocketHolder> holders_of(const kernel::OwnerIterator& owners, std::uint64_t cookie) {
  std::vector<SocketHolder> found;
  const auto done = owners.read([&](const SocketHolder& holder) {
    if (holder.cookie == cookie) found.push_back(holder);
  });
  EXPECT_TRUE(done) << format_error(done.error());
  return found;
}

std::string comm_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

class OwnerIteratorTest : public ::testing::Test {
 protected:
  PrivateNamespace net_;
  kernel::OwnerIterator owners_ = must(kernel::OwnerIterator::open());
};

TEST_F(OwnerIteratorTest, EveryDescriptorOnce) {
  const UniqueFd listener = listen_at_loopback();
  const UniqueFd copy(::dup(listener.get()));
  const auto found = holders_of(owners_, cookie_of(listener.get()));
  ASSERT_EQ(found.size(), 2U);
  std::set<std::int32_t> descriptors;
  for (const SocketHolder& holder : found) {
    EXPECT_EQ(holder.pid, static_cast<std::uint32_t>(getpid()));
    EXPECT_EQ(holder.inode, inode_of(listener.get()));
    EXPECT_EQ(holder.uid, getuid());
    EXPECT_EQ(holder.comm, comm_of(getpid()));
    EXPECT_NE(holder.cgroup_id, 0U);
    descriptors.insert(holder.fd);
  }
  EXPECT_EQ(descriptors, (std::set<std::int32_t>{listener.get(), copy.get()}));
}

TEST_F(OwnerIteratorTest, EveryProcessThatSharesIt) {
  const UniqueFd listener = listen_at_loopback();
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    char byte = 0;
    ::close(go[1]);
    ::_exit(::read(go[0], &byte, 1) == 0 ? 0 : 1);
  }
  std::set<std::uint32_t> processes;
  for (const SocketHolder& holder : holders_of(owners_, cookie_of(listener.get())))
    processes.insert(holder.pid);
  EXPECT_EQ(processes, (std::set<std::uint32_t>{static_cast<std::uint32_t>(getpid()),
                                                static_cast<std::uint32_t>(child)}));
  ::close(go[1]);
  ::close(go[0]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(holders_of(owners_, cookie_of(listener.get())).size(), 1U);
}

TEST_F(OwnerIteratorTest, ThreadsAreTheirProcess) {
  const UniqueFd listener = listen_at_loopback();
  pthread_barrier_t ready;
  pthread_barrier_t done;
  pthread_barrier_init(&ready, nullptr, 3);
  pthread_barrier_init(&done, nullptr, 3);
  std::uint64_t own_cookie = 0;
  // One shares the file table; the other has its own copy, and a socket that no other thread has.
  std::thread sharing([&] {
    pthread_barrier_wait(&ready);
    pthread_barrier_wait(&done);
  });
  std::thread apart([&] {
    EXPECT_EQ(::unshare(CLONE_FILES), 0);
    const UniqueFd own = listen_at_loopback();
    own_cookie = cookie_of(own.get());
    pthread_barrier_wait(&ready);
    pthread_barrier_wait(&done);
  });
  pthread_barrier_wait(&ready);
  const auto shared = holders_of(owners_, cookie_of(listener.get()));
  const auto own = holders_of(owners_, own_cookie);
  pthread_barrier_wait(&done);
  sharing.join();
  apart.join();
  ASSERT_EQ(shared.size(), 1U) << "once, not once per thread";
  EXPECT_EQ(shared[0].pid, static_cast<std::uint32_t>(getpid()));
  ASSERT_EQ(own.size(), 1U);
  EXPECT_EQ(own[0].pid, static_cast<std::uint32_t>(getpid()));
}

TEST_F(OwnerIteratorTest, OtherDescriptorsAreNoHolders) {
  const UniqueFd local(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const UniqueFd udp(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_TRUE(holders_of(owners_, cookie_of(local.get())).empty());
  EXPECT_EQ(holders_of(owners_, cookie_of(udp.get())).size(), 1U);
}

}  // namespace
}  // namespace conntrail::test
