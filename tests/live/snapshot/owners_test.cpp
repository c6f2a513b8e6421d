// Who holds a socket: both methods, sharing by fork and over AF_UNIX, and what an ordinary user can see.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>

#include "child.h"
#include "command.h"
#include "conntrail/kernel/iterators.h"
#include "conntrail/snapshot/snapshot.h"
#include "netns.h"
#include "sockets.h"

namespace conntrail::snapshot {
namespace {

using test::Flavour;
using test::SleepingChild;

constexpr OwnerMethod kMethods[] = {OwnerMethod::proc_fd, OwnerMethod::task_file, OwnerMethod::automatic};

class Owners : public testing::Test {
 protected:
  std::optional<test::PrivateNamespace> net_;  // first: what is made in it goes before it
  void SetUp() override {
    ASSERT_TRUE(test::is_root()) << "live tests need root";
    net_.emplace();
  }

  static OwnerScan scan(OwnerMethod method) {
    auto found = scan_owners(method);
    if (!found) throw std::runtime_error(format_error(found.error()));
    return std::move(*found);
  }
};

std::vector<SocketHolder> holders_of(const OwnerScan& scan, std::uint64_t inode) {
  std::vector<SocketHolder> found;
  std::ranges::copy_if(scan.holders, std::back_inserter(found),
                       [=](const SocketHolder& h) { return h.inode == inode; });
  return found;
}

std::vector<std::uint32_t> pids_of(const std::vector<SocketHolder>& holders) {
  std::vector<std::uint32_t> pids;
  for (const auto& holder : holders) pids.push_back(holder.pid);
  return pids;
}

std::uint32_t own_pid() { return static_cast<std::uint32_t>(::getpid()); }

TEST_F(Owners, ASocketSharedByForkBelongsToBoth) {
  const UniqueFd listener = test::listen_at_loopback(Flavour::inet, 3);
  const SleepingChild child([] { ::prctl(PR_SET_NAME, "other \x1b[1mname"); });
  const auto child_pid = static_cast<std::uint32_t>(child.pid());
  for (const OwnerMethod method : kMethods) {
    const OwnerScan found = scan(method);
    // Even root may be refused: by a process with capabilities that root's own shell has been denied.
    EXPECT_EQ(found.complete, found.unreadable == 0);
    EXPECT_EQ(found.complete, found.notes.empty());
    const auto holders = holders_of(found, test::inode_of(listener.get()));
    ASSERT_EQ(pids_of(holders),
              (std::vector{std::min(own_pid(), child_pid), std::max(own_pid(), child_pid)}));
    for (const SocketHolder& holder : holders) {
      EXPECT_EQ(holder.fd, listener.get());
      EXPECT_EQ(holder.uid, 0U);
      // The kernel cuts names to 15 bytes; they are kept raw here and made printable on the screen.
      EXPECT_EQ(holder.comm, holder.pid == child_pid ? "other \x1b[1mname" : "live_snapshot");
    }
  }
}

TEST_F(Owners, TwoDescriptorsOfOneProcessAreBothListed) {
  const UniqueFd listener = test::listen_at_loopback(Flavour::inet, 3);
  const UniqueFd copy(::dup(listener.get()));
  for (const OwnerMethod method : kMethods) {
    const auto holders = holders_of(scan(method), test::inode_of(listener.get()));
    ASSERT_EQ(holders.size(), 2U);
    EXPECT_EQ(holders[0].fd, listener.get());
    EXPECT_EQ(holders[1].fd, copy.get());
  }
}

void send_descriptor(int over, int fd) {
  char byte = 'x';
  iovec part{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> space{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = space.data();
  message.msg_controllen = space.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &fd, sizeof(fd));
  if (::sendmsg(over, &message, 0) != 1) throw std::runtime_error("sendmsg");
}

void receive_descriptor(int over) {
  char byte = 0;
  iovec part{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> space{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = space.data();
  message.msg_controllen = space.size();
  if (::recvmsg(over, &message, 0) != 1 || CMSG_FIRSTHDR(&message) == nullptr)
    throw std::runtime_error("recvmsg");
}

TEST_F(Owners, ASocketPassedOnBelongsToItsReceiver) {
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
  const UniqueFd ours(pair[0]);
  const UniqueFd theirs(pair[1]);
  // Made and sent before the fork, held by nobody but the queue of the UNIX socket when the child is born.
  std::uint64_t inode = 0;
  {
    const UniqueFd listener = test::listen_at_loopback(Flavour::inet, 3);
    inode = test::inode_of(listener.get());
    send_descriptor(ours.get(), listener.get());
  }
  EXPECT_TRUE(holders_of(scan(OwnerMethod::task_file), inode).empty());
  const SleepingChild child([&] { receive_descriptor(theirs.get()); });
  for (const OwnerMethod method : kMethods) {
    EXPECT_EQ(pids_of(holders_of(scan(method), inode)), std::vector{static_cast<std::uint32_t>(child.pid())});
  }
}

// Its subflows are in the tables with its inode; the descriptor is of the MPTCP socket.
TEST_F(Owners, OfMptcpSocketsToo) {
  constexpr int kMptcp = 262;
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, kMptcp));
  if (!socket) GTEST_SKIP() << "this kernel has no MPTCP";
  const std::uint64_t inode = test::inode_of(socket.get());
  for (const OwnerMethod method : kMethods)
    EXPECT_EQ(pids_of(holders_of(scan(method), inode)), std::vector{own_pid()});
}

bool says_hidden(const OwnerScan& scan) {
  return std::ranges::any_of(
      scan.notes, [](const std::string& note) { return note.find("hidepid") != std::string::npos; });
}

// With hidepid=2 the processes of others are not even listed: there is nothing to count. Root sees them.
TEST_F(Owners, HiddenProcessesMakeALookIncomplete) {
  const std::string answer = test::in_child([]() -> std::string {
    const bool whole = scan(OwnerMethod::proc_fd).complete;  // some hosts have a process that nobody may read
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("proc", "/proc", "proc", 0, "hidepid=2") != 0)
      return "cannot mount";
    const OwnerScan by_root = scan(OwnerMethod::proc_fd);
    test::become_nobody();
    const OwnerScan by_nobody = scan(OwnerMethod::proc_fd);
    return std::string(by_root.complete == whole && !says_hidden(by_root) ? "root sees all"
                                                                          : "root lacks some") +
           (by_nobody.complete ? ", nobody sees all" : ", nobody lacks some") +
           (says_hidden(by_nobody) ? " and says so" : "");
  });
  EXPECT_EQ(answer, "root sees all, nobody lacks some and says so");
}

// Comparable text of the holders in some processes, of TCP and UDP sockets only (task_file shows no others).
std::vector<std::string> inet_holders(const OwnerScan& found, const std::vector<std::uint32_t>& pids,
                                      const std::vector<std::uint64_t>& inodes) {
  std::vector<std::string> lines;
  for (const SocketHolder& h : found.holders) {
    if (std::ranges::find(pids, h.pid) == pids.end() || std::ranges::find(inodes, h.inode) == inodes.end())
      continue;
    lines.push_back(std::to_string(h.pid) + " fd " + std::to_string(h.fd) + " inode " +
                    std::to_string(h.inode) + " " + h.comm + " uid " + std::to_string(h.uid) + " cgroup " +
                    std::to_string(h.cgroup_id));
  }
  return lines;
}

TEST_F(Owners, BothMethodsSayTheSame) {
  std::vector<UniqueFd> sockets;
  std::vector<std::uint64_t> inodes;
  for (const Flavour flavour : {Flavour::inet, Flavour::inet6, Flavour::mapped}) {
    sockets.push_back(test::listen_at_loopback(flavour, 3));
    sockets.push_back(test::udp_socket(flavour));
    sockets.push_back(test::tcp_socket(flavour));  // in no table, but in this process's
  }
  for (const auto& fd : sockets) inodes.push_back(test::inode_of(fd.get()));
  const SleepingChild child([] { test::become_nobody(); });
  const std::vector pids{own_pid(), static_cast<std::uint32_t>(child.pid())};
  const OwnerScan by_text = scan(OwnerMethod::proc_fd);
  const OwnerScan by_bpf = scan(OwnerMethod::task_file);
  EXPECT_EQ(by_text.method, OwnerMethod::proc_fd);
  EXPECT_EQ(by_bpf.method, OwnerMethod::task_file);
  const auto lines = inet_holders(by_text, pids, inodes);
  EXPECT_EQ(lines, inet_holders(by_bpf, pids, inodes));
  EXPECT_EQ(lines.size(), 2 * sockets.size());
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    const auto holders = holders_of(by_bpf, inodes[i]);
    ASSERT_FALSE(holders.empty());
    EXPECT_EQ(holders[0].cookie, test::cookie_of(sockets[i].get()));
  }
}

TEST_F(Owners, ThreadsWhoseLeaderHasEndedAreNotForgotten) {
  const UniqueFd listener = test::listen_at_loopback(Flavour::inet, 3);
  const SleepingChild child([] {
    std::thread([] {
      for (;;) ::pause();
    }).detach();
    std::signal(SIGUSR1, [](int) { ::syscall(SYS_exit, 0); });  // ends one thread, not the process
  });
  ASSERT_EQ(::syscall(SYS_tgkill, child.pid(), child.pid(), SIGUSR1), 0);
  const std::string status = "/proc/" + std::to_string(child.pid()) + "/status";
  test::wait_until("the leader's end",
                   [&] { return test::read_file(status).find("State:\tZ") != std::string::npos; });
  for (const OwnerMethod method : kMethods) {
    const auto pids = pids_of(holders_of(scan(method), test::inode_of(listener.get())));
    EXPECT_NE(std::ranges::find(pids, static_cast<std::uint32_t>(child.pid())), pids.end());
  }
}

TEST_F(Owners, AGivenIteratorIsUsed) {
  const auto iterator = kernel::OwnerIterator::open();
  ASSERT_TRUE(iterator) << format_error(iterator.error());
  const UniqueFd listener = test::listen_at_loopback(Flavour::inet, 3);
  const auto found = scan_owners(OwnerMethod::automatic, &*iterator);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->method, OwnerMethod::task_file);
  EXPECT_EQ(holders_of(*found, test::inode_of(listener.get())).size(), 1U);
}

TEST_F(Owners, AnOrdinaryUserSeesOwnProcessesAndIsToldOfTheRest) {
  const std::string answer = test::in_child([]() -> std::string {
    test::become_nobody();
    const UniqueFd listener = test::listen_at_loopback(Flavour::inet, 3);
    const auto found = scan_owners();
    if (!found) return format_error(found.error());
    if (found->method != OwnerMethod::proc_fd) return "wrong method";
    if (found->complete || found->unreadable == 0 || found->notes.size() != 1)
      return "root's processes not counted";
    const auto holders = holders_of(*found, test::inode_of(listener.get()));
    if (holders.size() != 1 || holders[0].uid != 65534) return "own socket not found";
    const auto refused = scan_owners(OwnerMethod::task_file);
    if (refused) return "BPF without privilege";
    return refused.error().kind == ErrorKind::not_permitted ? "right" : format_error(refused.error());
  });
  EXPECT_EQ(answer, "right");
}

}  // namespace
}  // namespace conntrail::snapshot
